internal import Files

/// One line of a fixed-width file, columns counted from 1 as the formats' descriptions do.
struct TextColumns {
    let bytes: ArraySlice<UInt8>

    /// Trimmed text of columns `range`; empty beyond the line's end.
    func text(_ range: ClosedRange<Int>) -> String {
        let start = bytes.startIndex + range.lowerBound - 1
        let end = min(bytes.startIndex + range.upperBound, bytes.endIndex)
        guard start < end else { return "" }
        return String(decoding: bytes[start..<end], as: UTF8.self).trimmed
    }

    /// The text as it stands, for fields whose inner blanks count.
    func raw(_ range: ClosedRange<Int>) -> String {
        let start = bytes.startIndex + range.lowerBound - 1
        let end = min(bytes.startIndex + range.upperBound, bytes.endIndex)
        guard start < end else { return "" }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    func double(_ range: ClosedRange<Int>) -> Double? { Double(fits: text(range)) }

    func integer(_ range: ClosedRange<Int>) -> Int? {
        let text = text(range)
        return text.utf8.count <= 12 ? Int(text) : nil
    }
}
