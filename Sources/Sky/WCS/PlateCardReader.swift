internal import Files
internal import Glibc

/// Reads world coordinate cards one by one and remembers which of them were in quotes.
struct PlateCardReader<Header: HeaderValues> {
    let header: Header
    private(set) var quoted: [String] = []

    init(header: Header) {
        self.header = header
    }

    /// Nil where there is no such card or it is blank; throws where it holds something else than a finite number.
    mutating func number(_ keyword: String) throws(SkyError) -> Double? {
        if let number = header.headerNumber(keyword), !number.hasDecimalComma {
            if number.quoted { quoted.append(keyword) }
            return number.value
        }
        switch header.headerValue(keyword) {
        case nil, .undefined?: return nil
        case .string(let text)? where text.trimmed.isEmpty: return nil
        case .string(let text)?: throw PlateCards.unusable("\(keyword) is '\(text.trimmed)', not a number")
        case .number(_, let text)?: throw PlateCards.unusable("\(keyword) is \(text), not a number")
        case .logical?: throw PlateCards.unusable("\(keyword) is no number")
        }
    }

    /// The four elements of a matrix, row by row, nil where absent; nil if all are. `#` stands for the indices.
    mutating func matrix(_ patterns: [String]) throws(SkyError) -> [Double?]? {
        for pattern in patterns {
            let parts = pattern.split(separator: "#", omittingEmptySubsequences: false)
            var elements: [Double?] = []
            for row in 1...2 {
                for column in 1...2 { elements.append(try number("\(parts[0])\(row)\(parts[1])\(column)")) }
            }
            if elements.contains(where: { $0 != nil }) { return elements }
        }
        return nil
    }

    /// Sky axes that depend on a third pixel axis have no place in a picture.
    mutating func refuseFurtherAxes() throws(SkyError) {
        for name in ["CD", "PC"] {
            for row in 1...2 {
                for column in 3...4 {
                    if let value = try number("\(name)\(row)_\(column)"), value != 0 {
                        throw PlateCards.unusable("\(name)\(row)_\(column) ties the sky to axis \(column)")
                    }
                }
            }
        }
    }

    /// A year: 2000.0, 'J2000', 'B1950.0'.
    mutating func equinox(_ keyword: String) -> Double? {
        if let number = header.headerNumber(keyword), !number.hasDecimalComma {
            if number.quoted { quoted.append(keyword) }
            return (1800...2200).contains(number.value) ? number.value : nil
        }
        guard let text = header.headerText(keyword)?.uppercased(), text.hasPrefix("J") || text.hasPrefix("B"),
            let year = Double(fits: text.dropFirst().trimmed), (1800...2200).contains(year)
        else { return nil }
        return year
    }

    /// The keywords of polynomial terms, each once, in the order of the header.
    func indexedKeywords() -> [String] {
        var seen: Set<String> = []
        return header.headerKeywords.filter { keyword in
            guard keyword.utf8.count <= 8 else { return false }
            let fits =
                keyword.hasPrefix("PV") || keyword.hasPrefix("A_") || keyword.hasPrefix("B_")
                || keyword.hasPrefix("AP_") || keyword.hasPrefix("BP_")
            return fits && seen.insert(keyword).inserted
        }
    }

    /// "1_10" as (1, 10); nil for other text.
    static func indices(_ text: Substring) -> (Int, Int)? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.isAllDigits && $0.utf8.count <= 2 }), let first = Int(parts[0]),
            let second = Int(parts[1])
        else { return nil }
        return (first, second)
    }
}

/// A header without cards.
struct EmptyHeader: HeaderValues {
    var headerKeywords: [String] { [] }
    func headerValue(_ keyword: String) -> HeaderValue? { nil }
}

extension PlateCards {
    /// Sine and cosine that are exact at multiples of 90 degrees.
    static func rotation(degrees: Double) -> (cosine: Double, sine: Double) {
        let turned = fmod(degrees, 360)
        switch turned < 0 ? turned + 360 : turned {
        case 0: return (1, 0)
        case 90: return (0, 1)
        case 180: return (-1, 0)
        case 270: return (0, -1)
        default: return (cos(degrees / degreesPerRadian), sin(degrees / degreesPerRadian))
        }
    }
}
