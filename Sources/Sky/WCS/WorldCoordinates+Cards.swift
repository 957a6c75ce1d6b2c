internal import Files

extension WorldCoordinates {
    /// The cards as a product carries them: numbers, a CD matrix, the distortion's terms, TPV for TAN with PV.
    public var outputCards: [(keyword: String, value: HeaderValue, comment: String)] {
        outputCards(originShift: PixelPoint(x: 0, y: 0))
    }

    /// The same for a grid whose first pixel lies at `originShift` in this frame (0-based): CRPIX less the shift.
    public func outputCards(originShift: PixelPoint) -> [(keyword: String, value: HeaderValue, comment: String)] {
        var list: [(keyword: String, value: HeaderValue, comment: String)] = []
        func number(_ keyword: String, _ value: Double, _ comment: String = "") {
            list.append((keyword, .number(value, text: "\(value)"), comment))
        }
        func text(_ keyword: String, _ value: String, _ comment: String = "") {
            list.append((keyword, .string(value), comment))
        }
        list.append(("WCSAXES", .number(2, text: "2"), "axes of the world coordinates"))
        for axis in 0...1 {
            let factor = axes.degreesPerUnit[axis]
            text("CTYPE\(axis + 1)", outputType(axis), "axis and projection")
            text("CUNIT\(axis + 1)", "deg", "unit of CRVAL and CD")
            number("CRVAL\(axis + 1)", cards.crval[axis] * factor, "value at the reference pixel")
            let shift = axis == 0 ? originShift.x : originShift.y
            number("CRPIX\(axis + 1)", cards.crpix[axis] - shift, "reference pixel (counted from 1)")
        }
        for row in 0...1 {
            for column in 0...1 {
                number("CD\(row + 1)_\(column + 1)", cards.matrix[row * 2 + column] * axes.degreesPerUnit[row])
            }
        }
        if let pole = cards.lonpole { number("LONPOLE", pole, "native longitude of the pole") }
        if let pole = cards.latpole { number("LATPOLE", pole, "native latitude of the pole") }
        if let system = cards.radesys { text("RADESYS", system, "system of the coordinates") }
        if let equinox = cards.equinox { number("EQUINOX", equinox) }
        if sip == nil || tpv != nil || axes.projection != "TAN" {
            for axis in 0...1 {
                for (index, value) in cards.pv[axis].sorted(by: { $0.key < $1.key }) {
                    number("PV\(axis + 1)_\(index)", value)
                }
            }
        }
        for name in ["A", "B", "AP", "BP"] {
            guard let order = cards.sipOrders[name] else { continue }
            list.append(("\(name)_ORDER", .number(Double(order), text: "\(order)"), "order of the SIP polynomial"))
            let terms = (cards.sip[name] ?? [:]).sorted { ($0.key.p, $0.key.q) < ($1.key.p, $1.key.q) }
            for (term, value) in terms where term.p + term.q <= order { number("\(name)_\(term.p)_\(term.q)", value) }
        }
        return list
    }

    private func outputType(_ axis: Int) -> String {
        let name = ctype[axis].prefix(5)
        var code = axes.projection
        if tpv != nil, code == "TAN" { code = "TPV" }
        return name + code + (sip == nil ? "" : "-SIP")
    }

    /// The world coordinate cards alone, a "KEY = value" a line: a kilobyte or two that `init(cards:)` reads back to
    /// the same solution, bit for bit.
    public var compactCards: [UInt8] {
        var lines: [String] = []
        for card in outputCards {
            switch card.value {
            case .string(let text): lines.append("\(card.keyword) = '\(text)'")
            case .number(_, let text): lines.append("\(card.keyword) = \(text)")
            case .logical, .undefined: break
            }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// From `compactCards`. Throws `.noWCS` as the other initialiser does.
    public convenience init(cards text: [UInt8], width: Int, height: Int, lenient: Bool = false) throws(SkyError) {
        try self.init(CardLines(text), width: width, height: height, lenient: lenient)
    }
}

/// Cards as "KEY = value" lines.
struct CardLines: HeaderValues {
    private(set) var headerKeywords: [String] = []
    private var values: [String: HeaderValue] = [:]

    init(_ text: [UInt8]) {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let keyword = String(decoding: line[..<sign], as: UTF8.self).trimmed
            let value = String(decoding: line[(sign + 1)...], as: UTF8.self).trimmed
            guard values[keyword] == nil else { continue }
            headerKeywords.append(keyword)
            if value.utf8.count >= 2, value.hasPrefix("'"), value.hasSuffix("'") {
                values[keyword] = .string(value.dropFirst().dropLast().trimmed)
            } else if let number = Double(fits: value) {
                values[keyword] = .number(number, text: value)
            } else {
                values[keyword] = .string(value)
            }
        }
    }

    func headerValue(_ keyword: String) -> HeaderValue? { values[keyword] }
}
