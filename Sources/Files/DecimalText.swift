extension StringProtocol {
    /// Without blanks and control characters at both ends.
    package var trimmed: String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 || $0.value == 0x7F || $0.value == 0xA0 }
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }

    package var isAllDigits: Bool { !isEmpty && utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
}

extension Double {
    /// A finite decimal number as FITS and people write it: "1.5", "+3.", ".5", "1D-3"; nil for anything else, blanks around
    /// it too.
    ///
    /// Hexadecimal, "nan" and "inf", which `Double.init` takes, are refused.
    package init?(fits text: String) {
        guard let first = text.utf8.first, let last = text.utf8.last, !NumberText.isBlank(first),
            !NumberText.isBlank(last), let number = NumberText.read(text)
        else { return nil }
        // An integer has no negative zero.
        self = number.double == 0 && first == UInt8(ascii: "-") ? -0.0 : number.double
    }
}

/// `value` with `decimals` places, as `printf("%.nf")` would write it.
package func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded(.toNearestOrEven)
    guard scaled < 9e18 else { return "\(value)" }
    let whole = UInt64(scaled)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let unit = UInt64(scale)
    return sign + String(whole / unit) + "." + padded(Int(whole % unit), decimals)
}

/// A non-negative number with leading zeros.
package func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return text.utf8.count >= width ? text : String(repeating: "0", count: width - text.utf8.count) + text
}

/// The 16 hexadecimal digits of a hash.
package func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
