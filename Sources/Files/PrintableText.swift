/// Text reduced to the bytes 0x20...0x7E that FITS allows, in a way that can be undone.
///
/// Every other byte becomes `\xNN`: of the UTF-8 form, and of a path the path's own (`PathText`). A backslash stays as it is,
/// except where it would read as such an escape; there it becomes `\x5C`. Ordinary text, Windows paths included, is unchanged.
public enum PrintableText {
    /// `text` with every byte outside 0x20...0x7E as `\xNN`.
    public static func escaped(_ text: String) -> String {
        let bytes = PathText.bytes(text)
        if isPlain(bytes) { return text }
        return String(decoding: escapedBytes(bytes), as: UTF8.self)
    }

    /// `text` with every byte outside 0x20...0x7E as `\xNN` and backslashes left alone: for cards, which are
    /// copied again and again and must not change by it. Not undone.
    public static func shown(_ text: String) -> String {
        let bytes = PathText.bytes(text)
        if bytes.allSatisfy(isPrintable) { return text }
        return String(decoding: escapedBytes(bytes, protectsBackslash: false), as: UTF8.self)
    }

    /// Text for people, of any script, made safe: every control character, every mark that turns the direction of writing, and
    /// every byte of a path that is no UTF-8 as `\xNN` or `\u{NNNN}`. Not undone.
    public static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                let value = PathText.byte(scalar).map(UInt32.init) ?? scalar.value
                let digits = String(value, radix: 16, uppercase: true)
                result += value < 0x100 ? "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: PathText.byte(scalar) != nil
        }
    }

    /// The text that `escaped` was made from. Bytes that are not UTF-8 are as `PathText` has them.
    public static func unescaped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(backslash) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let byte = escape(in: bytes, at: index) {
                result.append(byte)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return PathText.text(result)
    }

    private static func escapedBytes(_ bytes: [UInt8], protectsBackslash: Bool = true) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        for index in bytes.indices {
            let byte = bytes[index]
            if isPrintable(byte), byte != backslash || !protectsBackslash || escape(in: bytes, at: index) == nil {
                result.append(byte)
            } else {
                result.append(contentsOf: [backslash, UInt8(ascii: "x"), digit(byte >> 4), digit(byte & 15)])
            }
        }
        return result
    }

    package static func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    private static let backslash = UInt8(ascii: "\\")

    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { isPrintable($0) && $0 != backslash }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func digitValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The byte that an escape at `index` stands for.
    private static func escape(in bytes: [UInt8], at index: Int) -> UInt8? {
        guard index + 3 < bytes.count, bytes[index] == backslash, bytes[index + 1] == UInt8(ascii: "x"),
            let high = digitValue(bytes[index + 2]), let low = digitValue(bytes[index + 3])
        else { return nil }
        return high << 4 | low
    }
}
