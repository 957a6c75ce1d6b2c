internal import Glibc

/// MPCORB.DAT or CometEls.txt: one object a line.
struct LineCatalogue {
    let file: CatalogueFile
    let format: ElementFile.Format
    let isGzip: Bool
    /// Where the index goes; nil: beside the catalogue, or in the user's cache where that cannot be written.
    let indexFolder: String?

    /// Files up to this size are not worth an index.
    static let smallBytes: Int64 = 1 << 20

    private var sourceName: String { file.path.split(separator: "/").last.map { String($0) } ?? file.path }

    /// Small files are read from front to back; large ones through an index, made on the first call.
    func elements(of name: String) throws(SkyError) -> OrbitalElements {
        guard Designation(parsing: name) != nil else {
            throw SkyError(
                .notFound, operation: "find the object", subject: sourceName, detail: "no name was given")
        }
        return try Self.only(try all(named: name), name: name, source: sourceName)
    }

    /// Every line that answers to the name.
    func all(named name: String) throws(SkyError) -> [OrbitalElements] {
        guard let wanted = Designation(parsing: name) else { return [] }
        let isLarge = file.size > Self.smallBytes
        if format == .mpcorb, isLarge, let index = try index() {
            return try found(wanted, by: index)
        }
        var found: [OrbitalElements] = []
        let key = wanted.key
        try forEachLine { line, _ throws(SkyError) in
            guard isPlausible(line), keys(of: line).contains(key) else { return }
            found.append(try elements(line))
        }
        return found
    }

    static func only(_ found: [OrbitalElements], name: String, source: String) throws(SkyError) -> OrbitalElements {
        let operation = "find the object"
        guard let first = found.first else {
            throw SkyError(.notFound, operation: operation, subject: name, detail: "\(source) does not have it")
        }
        // The same object may stand twice (merged files): the newest epoch counts.
        let names = found.map { $0.designation?.key ?? $0.name }
        if Set(names).count == 1 { return found.max { $0.epochMJD < $1.epochMJD } ?? first }
        throw SkyError(
            .ambiguous, operation: operation, subject: name,
            detail: "several objects fit: " + found.prefix(20).map(\.name).joined(separator: "; "))
    }

    func isPlausible(_ line: ArraySlice<UInt8>) -> Bool {
        format == .comets ? CometElsLine.isPlausible(line) : MPCORBLine.isPlausible(line)
    }

    func elements(_ line: ArraySlice<UInt8>) throws(SkyError) -> OrbitalElements {
        format == .comets
            ? try CometElsLine.elements(line, source: sourceName) : try MPCORBLine.elements(line, source: sourceName)
    }

    /// Everything by which the object of a line may be called.
    func keys(of line: ArraySlice<UInt8>) -> [String] {
        let columns = TextColumns(bytes: line)
        if format == .comets {
            let designation = CometElsLine.designation(columns)
            var keys = ObjectName(columns.text(103...158)).keys
            if let designation {
                keys.append(designation.key)
                // A fragment answers to its comet's number too, so that "73P" lists what there is.
                if case .cometNumber(let number, let type, let fragment) = designation, !fragment.isEmpty {
                    keys.append(Designation.cometNumber(number, type: type, fragment: "").key)
                }
            }
            return keys
        }
        let packed = columns.text(1...7)
        var keys = ObjectName(columns.text(167...194)).keys
        if let designation = Designation(packed: packed) { keys.append(designation.key) }
        return keys
    }

    /// Lines with their offsets. A line that is longer than any of the format is passed over.
    func forEachLine(_ body: (ArraySlice<UInt8>, Int64) throws(SkyError) -> Void) throws(SkyError) {
        try forEachLine(checkpointEvery: .max, checkpoint: { _ in }, body)
    }

    func forEachLine(
        checkpointEvery spacing: Int64, checkpoint: (GzipStream.Checkpoint) -> Void,
        _ body: (ArraySlice<UInt8>, Int64) throws(SkyError) -> Void
    ) throws(SkyError) {
        let stream = isGzip ? try GzipStream(file) : nil
        var offset: Int64 = 0
        var carried: [UInt8] = []
        var known: Int64 = -1
        while true {
            let bytes: [UInt8]
            if let stream {
                bytes = try stream.next(checkpointEvery: spacing) ?? []
                if let point = stream.lastCheckpoint, point.output != known {
                    known = point.output
                    checkpoint(point)
                }
            } else {
                bytes = try file.bytes(at: offset, count: 1 << 20)
            }
            guard !bytes.isEmpty else { break }
            let start = offset - Int64(carried.count)
            offset += Int64(bytes.count)
            let joined = carried.isEmpty ? bytes : carried + bytes
            var position = 0
            while let end = Self.newline(joined, from: position) {
                try body(Self.withoutReturn(joined[position..<end]), start + Int64(position))
                position = end + 1
            }
            // What no line of the format can be is not collected for ever; its end comes as a line that nobody takes.
            carried = joined.count - position > 64 << 10 ? Array(joined.suffix(64 << 10)) : Array(joined[position...])
        }
        if !carried.isEmpty { try body(Self.withoutReturn(carried[...]), offset - Int64(carried.count)) }
    }

    private static func newline(_ bytes: [UInt8], from position: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            guard position < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + position, 0x0A, buffer.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0D ? line.dropLast() : line
    }
}
