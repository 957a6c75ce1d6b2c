internal import Files

/// The world coordinate cards of a header as numbers: what is read, checked for form, and written again.
///
/// Only the primary description counts (no letter after the keyword), and of it the first two axes.
struct PlateCards: Hashable, Sendable {
    var ctype: [String] = []
    var cunit: [String] = ["deg", "deg"]
    var crpix = [0.0, 0.0]
    var crval = [0.0, 0.0]
    /// d(axis i) / d(pixel j), row by row, in the units of the axes.
    var matrix = [0.0, 0.0, 0.0, 0.0]
    /// PVi_m by axis (0, 1) and m.
    var pv: [[Int: Double]] = [[:], [:]]
    var lonpole: Double?
    var latpole: Double?
    var radesys: String?
    var equinox: Double?
    var sipOrders: [String: Int] = [:]
    var sip: [String: [SIPTerm: Double]] = [:]
    var warnings: [String] = []

    init() {}

    static func unusable(_ reason: String) -> SkyError {
        SkyError(.noWCS, operation: "use the world coordinates", detail: "not a plate solution: " + reason)
    }

    /// `lenient` takes a PC matrix without CDELT as degrees a pixel.
    init(_ header: some HeaderValues, lenient: Bool) throws(SkyError) {
        try Self.refuseUnsolved(header)
        if let plate = try Self.surveyPlate(header) {
            self = plate
            return
        }
        var reader = PlateCardReader(header: header)
        try readAxes(&reader)
        try readMatrix(&reader, lenient: lenient)
        for axis in 0...1 {
            guard let place = try reader.number("CRPIX\(axis + 1)") else {
                throw Self.unusable("no CRPIX\(axis + 1)")
            }
            guard let value = try reader.number("CRVAL\(axis + 1)") else {
                throw Self.unusable("no CRVAL\(axis + 1)")
            }
            crpix[axis] = place
            crval[axis] = value
        }
        lonpole = try reader.number("LONPOLE")
        latpole = try reader.number("LATPOLE")
        try readSystem(&reader)
        try readIndexed(&reader)
        if !reader.quoted.isEmpty {
            let names = reader.quoted.prefix(3).joined(separator: ", ") + (reader.quoted.count > 3 ? ", ..." : "")
            warnings.append("\(reader.quoted.count) world coordinate numbers are in quotes (\(names)): read as numbers")
        }
    }

    private static func refuseUnsolved(_ header: some HeaderValues) throws(SkyError) {
        switch header.headerValue("PLTSOLVD") {
        case .logical(false)?, .number(0, _)?: throw unusable("PLTSOLVD is F")
        case .string(let text)? where ["F", "FALSE", "0", "NO"].contains(text.trimmed.uppercased()):
            throw unusable("PLTSOLVD is F")
        default: break
        }
    }

    private mutating func readAxes(_ reader: inout PlateCardReader<some HeaderValues>) throws(SkyError) {
        for axis in 1...2 {
            guard let text = reader.header.headerText("CTYPE\(axis)") else { throw Self.unusable("no CTYPE\(axis)") }
            ctype.append(text.uppercased())
            if let unit = reader.header.headerText("CUNIT\(axis)") { cunit[axis - 1] = unit }
        }
    }

    /// CD wins over everything; PC wants CDELT; CDELT alone takes CROTA of the latitude axis.
    private mutating func readMatrix(
        _ reader: inout PlateCardReader<some HeaderValues>, lenient: Bool
    ) throws(SkyError) {
        let cd = try reader.matrix(["CD#_#", "CD00#00#"])
        let pc = try reader.matrix(["PC#_#", "PC00#00#"])
        let cdelt = [try reader.number("CDELT1"), try reader.number("CDELT2")]
        let rotations = [try reader.number("CROTA1"), try reader.number("CROTA2")]
        try reader.refuseFurtherAxes()
        if let cd {
            matrix = cd.map { $0 ?? 0 }
            if pc != nil { warnings.append("both CD and PC: CD is used") }
            return
        }
        let scale: [Double]
        if let first = cdelt[0], let second = cdelt[1] {
            scale = [first, second]
        } else if lenient, pc != nil {
            scale = [cdelt[0] ?? 1, cdelt[1] ?? 1]
            warnings.append("PC without CDELT: taken as degrees a pixel")
        } else {
            throw Self.unusable("no scale (CD, or CDELT with PC or CROTA2)")
        }
        if let pc {
            let full = [pc[0] ?? 1, pc[1] ?? 0, pc[2] ?? 0, pc[3] ?? 1]
            matrix = [scale[0] * full[0], scale[0] * full[1], scale[1] * full[2], scale[1] * full[3]]
            return
        }
        let latitude = SkyAxes.isLatitude(ctype[0]) ? 0 : 1
        if rotations[latitude] == nil, let other = rotations[1 - latitude], other != 0 {
            warnings.append("CROTA\(2 - latitude) stands on the wrong axis: not used")
        }
        let turn = PlateCards.rotation(degrees: rotations[latitude] ?? 0)
        let longitude = 1 - latitude
        matrix[longitude * 2 + longitude] = scale[longitude] * turn.cosine
        matrix[longitude * 2 + latitude] = -scale[latitude] * turn.sine
        matrix[latitude * 2 + longitude] = scale[longitude] * turn.sine
        matrix[latitude * 2 + latitude] = scale[latitude] * turn.cosine
    }

    private mutating func readSystem(_ reader: inout PlateCardReader<some HeaderValues>) throws(SkyError) {
        radesys = (reader.header.headerText("RADESYS") ?? reader.header.headerText("RADECSYS"))?.uppercased()
        for keyword in ["EQUINOX", "EPOCH"] {
            guard equinox == nil, let value = reader.equinox(keyword) else { continue }
            // EPOCH is the old name of EQUINOX, but many write the date of the frame into it.
            if keyword == "EPOCH", value != 1950, value != 2000 { continue }
            equinox = value
        }
    }

    private mutating func readIndexed(_ reader: inout PlateCardReader<some HeaderValues>) throws(SkyError) {
        for keyword in reader.indexedKeywords() {
            if keyword.hasPrefix("PV"), let index = PlateCardReader<EmptyHeader>.indices(keyword.dropFirst(2)) {
                guard (1...2).contains(index.0), index.1 <= TPVDistortion.highestTerm else { continue }
                if let value = try reader.number(keyword) { pv[index.0 - 1][index.1] = value }
                continue
            }
            guard let split = keyword.firstIndex(of: "_") else { continue }
            let name = String(keyword[..<split])
            if keyword.hasSuffix("_ORDER") {
                guard let order = try reader.number(keyword) else { continue }
                guard order >= 0, order <= Double(SIPDistortion.highestOrder), order == order.rounded() else {
                    throw Self.unusable("\(keyword) is \(order), not 0 to \(SIPDistortion.highestOrder)")
                }
                sipOrders[name] = Int(order)
            } else if let term = PlateCardReader<EmptyHeader>.indices(keyword[keyword.index(after: split)...]) {
                guard term.0 + term.1 <= SIPDistortion.highestOrder else { continue }
                if let value = try reader.number(keyword) {
                    sip[name, default: [:]][SIPTerm(p: term.0, q: term.1)] = value
                }
            }
        }
        if sipOrders["A"] == nil, sipOrders["B"] == nil {
            sip = [:]
            sipOrders = [:]
        }
    }
}
