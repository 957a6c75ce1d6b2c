/// Decimal numbers as FITS and people write them.
package enum NumberText {
    package enum Number {
        case integer(Int64)
        case real(Double)

        package var double: Double {
            switch self {
            case .integer(let value): Double(value)
            case .real(let value): value
            }
        }
    }

    /// The number that `text` is, blanks around it allowed: digits, sign, point, exponent with E or D. nil for all else,
    /// for NaN and hexadecimal, and for what is too large for a double.
    package static func read(_ text: String) -> Number? {
        read(Array(text.utf8)[...])
    }

    package static func read(_ field: ArraySlice<UInt8>) -> Number? {
        let text = trimmed(field)
        guard !text.isEmpty, text.count <= 80 else { return nil }
        var digits = 0
        var isReal = false
        var index = text.startIndex
        func skipSign() {
            if index < text.endIndex, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") {
                index += 1
            }
        }
        func skipDigits() -> Int {
            let start = index
            while index < text.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) { index += 1 }
            return index - start
        }
        skipSign()
        digits = skipDigits()
        if index < text.endIndex, text[index] == UInt8(ascii: ".") {
            isReal = true
            index += 1
            digits += skipDigits()
        }
        guard digits > 0 else { return nil }
        if index < text.endIndex, "EeDd".utf8.contains(text[index]) {
            isReal = true
            index += 1
            skipSign()
            guard skipDigits() > 0 else { return nil }
        }
        guard index == text.endIndex else { return nil }
        if !isReal, let value = Int64(String(decoding: text, as: UTF8.self)) { return .integer(value) }
        let plain = text.map { $0 == UInt8(ascii: "D") || $0 == UInt8(ascii: "d") ? UInt8(ascii: "E") : $0 }
        guard let value = Double(String(decoding: plain, as: UTF8.self)), value.isFinite else { return nil }
        return .real(value)
    }

    /// The shortest text that reads back to the same double, with a decimal point. Finite values only.
    package static func written(_ value: Double) -> String {
        let text = value.description
        guard let exponent = text.firstIndex(of: "e") else { return text }
        let mantissa = text[..<exponent]
        let point = mantissa.contains(".") ? "" : ".0"
        return mantissa + point + "E" + text[text.index(after: exponent)...]
    }

    package static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var start = field.startIndex
        var end = field.endIndex
        while start < end, isBlank(field[start]) { start += 1 }
        while end > start, isBlank(field[end - 1]) { end -= 1 }
        return field[start..<end]
    }

    package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
