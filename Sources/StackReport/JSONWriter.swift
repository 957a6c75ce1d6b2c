internal import Files

/// Writes one JSON value piece by piece through a small buffer: members stay in the order in which they are given, and
/// however large the value is, no more than a few kilobytes of it are held.
///
/// A number is the shortest text that reads back to the same double; what is not finite or not known is null. Text is
/// UTF-8, control characters as \u escapes, so that no header can reach a terminal's controls.
public final class JSONWriter {
    private let sink: (UnsafeRawBufferPointer) -> Void
    private var buffer: [UInt8] = []
    private static let capacity = 16_384
    /// For each open object or array: whether it has a member yet, and whether its members stand in lines of their own.
    private var levels: [(isEmpty: Bool, isBroken: Bool)] = []
    private var followsKey = false

    /// `sink` is given the bytes in pieces, the last of them by `finish()`.
    public init(_ sink: @escaping (UnsafeRawBufferPointer) -> Void) {
        self.sink = sink
        buffer.reserveCapacity(Self.capacity + 512)
    }

    /// Ends the text with a newline and hands over what is still held. What is open is closed by nobody else.
    public func finish() {
        put(UInt8(ascii: "\n"))
        flush()
    }

    // MARK: Structure

    /// An object; `lines` puts each of its members in a line of its own.
    public func object(_ key: String? = nil, lines: Bool = false, _ body: () -> Void) {
        enclose(key, UInt8(ascii: "{"), UInt8(ascii: "}"), lines, body)
    }

    /// An array; `lines` puts each of its elements in a line of its own.
    public func array(_ key: String? = nil, lines: Bool = false, _ body: () -> Void) {
        enclose(key, UInt8(ascii: "["), UInt8(ascii: "]"), lines, body)
    }

    private func enclose(_ key: String?, _ first: UInt8, _ last: UInt8, _ lines: Bool, _ body: () -> Void) {
        begin(key)
        put(first)
        levels.append((true, lines))
        body()
        let level = levels.removeLast()
        if level.isBroken, !level.isEmpty { breakLine() }
        put(last)
    }

    // MARK: Members and elements

    public func null(_ key: String? = nil) {
        begin(key)
        put("null")
    }

    public func text(_ key: String? = nil, _ value: String?) {
        guard let value else { return null(key) }
        begin(key)
        putQuoted(value)
    }

    public func number(_ key: String? = nil, _ value: Double?) {
        guard let value, value.isFinite else { return null(key) }
        begin(key)
        put(value.description)
    }

    public func integer(_ key: String? = nil, _ value: Int64?) {
        guard let value else { return null(key) }
        begin(key)
        put(value.description)
    }

    public func integer(_ key: String? = nil, _ value: Int?) {
        integer(key, value.map(Int64.init))
    }

    public func flag(_ key: String? = nil, _ value: Bool?) {
        guard let value else { return null(key) }
        begin(key)
        put(value ? "true" : "false")
    }

    public func texts(_ key: String? = nil, _ values: [String]) {
        array(key) { for value in values { text(nil, value) } }
    }

    // MARK: Bytes

    private func begin(_ key: String?) {
        if let last = levels.indices.last {
            if !levels[last].isEmpty { put(UInt8(ascii: ",")) }
            if levels[last].isBroken {
                breakLine()
            } else if !levels[last].isEmpty {
                put(UInt8(ascii: " "))
            }
            levels[last].isEmpty = false
        }
        guard let key else { return }
        putQuoted(key)
        put(": ")
    }

    private func breakLine() {
        put(UInt8(ascii: "\n"))
        for _ in levels { put("  ") }
    }

    private func putQuoted(_ value: String) {
        JSONText.quote(value, to: &buffer)
        if buffer.count >= Self.capacity { flush() }
    }

    private func put(_ byte: UInt8) {
        buffer.append(byte)
        if buffer.count >= Self.capacity { flush() }
    }

    private func put(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.capacity { flush() }
    }

    private func flush() {
        guard !buffer.isEmpty else { return }
        buffer.withUnsafeBytes { sink($0) }
        buffer.removeAll(keepingCapacity: true)
    }
}
