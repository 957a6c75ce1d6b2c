/// Amounts of memory as people write them, on the command line, in the environment and in settings files alike.
extension ByteCount {
    /// Why a text is no amount of memory, with examples of what is.
    public struct ParsingError: Error, Hashable, Sendable, CustomStringConvertible {
        public let text: String
        public let reason: String

        public var description: String {
            "expected an amount of memory above 0 (512MB, 1.5GiB, 2 for GB, 2e9 for bytes), not '\(text)': \(reason)"
        }
    }

    /// The largest bare number that is one of gigabytes; above it stand bytes, as in the classic 2e9.
    public static let mostBareGigabytes = 4096.0

    /// Reads a number with a unit: B, KB MB GB TB (powers of 1000; K M G T are the same) or KiB MiB GiB TiB (powers of
    /// 1024), in any case, with blanks between them or not. A bare number is GB up to 4096, above it bytes, and
    /// `isBareBytes` is true then. Numbers have ASCII digits, a decimal point and an exponent where they need them, and
    /// may have '_' between digits.
    public static func read(_ text: String) throws(ParsingError) -> (amount: ByteCount, isBareBytes: Bool) {
        func failure(_ reason: String) -> ParsingError { ParsingError(text: text, reason: reason) }
        var rest = Substring(text).utf8[...]
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
        rest = rest.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        if rest.first == UInt8(ascii: "-") { throw failure("it is negative") }
        if rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard !rest.isEmpty else { throw failure("there is no number") }

        var digits = ""
        func takeDigits() {
            while let byte = rest.first {
                let isGap = byte == UInt8(ascii: "_") && digits.utf8.last.map { isDigit($0) } == true
                guard isDigit(byte) || (isGap && isDigit(rest.dropFirst().first)) else { return }
                if !isGap { digits.unicodeScalars.append(Unicode.Scalar(byte)) }
                rest = rest.dropFirst()
            }
        }
        takeDigits()
        if rest.first == UInt8(ascii: ".") {
            digits += digits.isEmpty ? "0." : "."
            rest = rest.dropFirst()
            takeDigits()
            if digits.hasSuffix(".") { digits += "0" }
        }
        guard digits.utf8.contains(where: { isDigit($0) }), digits != "0.0" || text.utf8.contains(UInt8(ascii: "0"))
        else { throw failure("it does not begin with a number") }
        if rest.first == UInt8(ascii: ",") { throw failure("numbers have a decimal point, no comma") }
        if rest.first.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            var power = rest.dropFirst()
            var sign = ""
            if let byte = power.first, byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
                sign = byte == UInt8(ascii: "-") ? "-" : ""
                power = power.dropFirst()
            }
            if isDigit(power.first) {
                rest = power
                digits += "e" + sign
                takeDigits()
            }
        }
        let unit = String(Substring(rest.drop(while: isBlank))).lowercased()
        guard let value = Double(digits), value.isFinite else { throw failure("the number is too large") }
        let isBareBytes = unit.isEmpty && value > mostBareGigabytes
        guard let scale = isBareBytes ? 1 : units[unit] else {
            throw failure("'\(unit)' is no unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB)")
        }
        let total = (value * scale).rounded()
        guard value > 0 else { throw failure("it is 0") }
        guard total >= 1 else { throw failure("it is less than a byte") }
        guard total < 4.6e18 else { throw failure("it is more than any machine has") }
        return (ByteCount(Int64(total)), isBareBytes)
    }

    private static let units: [String: Double] = [
        "": 1e9, "b": 1, "byte": 1, "bytes": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9,
        "t": 1e12, "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
    ]

    /// What `read` makes of a text; nil for what is no amount.
    public init?(parsing text: String) {
        guard let found = try? Self.read(text) else { return nil }
        self = found.amount
    }
}
