internal import Files

/// What the two CTYPE cards mean: which axis is which, projection, distortion, and units.
struct SkyAxes: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case equatorial, galactic, ecliptic
    }

    var kind: Kind
    /// 0 or 1: the axis of right ascension or longitude.
    var longitudeAxis: Int
    /// Three letters as wcslib knows them, but for TPV and GLS, which stand as they are.
    var projection: String
    var hasSIPSuffix: Bool
    /// Degrees of one unit of the axis.
    var degreesPerUnit: [Double]

    private static let projections: Set<String> = [
        "AZP", "SZP", "TAN", "STG", "SIN", "ARC", "ZPN", "ZEA", "AIR", "CYP", "CEA", "CAR", "MER", "SFL", "PAR", "MOL",
        "AIT", "COP", "COE", "COD", "COO", "BON", "PCO", "TSC", "CSC", "QSC", "HPX", "XPH", "NCP", "GLS", "TPV",
    ]

    init(ctype: [String], cunit: [String]) throws(SkyError) {
        let parts = ctype.map { SkyAxes.split($0) }
        guard let kind = SkyAxes.kind(parts[0].name, parts[1].name) else {
            throw PlateCards.unusable("axes \(ctype[0]), \(ctype[1]) are not the two of the sky")
        }
        self.kind = kind.0
        longitudeAxis = kind.longitudeFirst ? 0 : 1
        guard parts[0].code == parts[1].code, !parts[0].code.isEmpty else {
            throw PlateCards.unusable("axes \(ctype[0]), \(ctype[1]) have no common projection")
        }
        projection = parts[0].code
        guard Self.projections.contains(projection) else {
            let advice = ["TNX", "ZPX", "TPD", "DSS"].contains(projection) ? "; solve the frame again" : ""
            throw PlateCards.unusable("the projection \(projection) is not known here\(advice)")
        }
        let suffixes = Set(parts.map(\.suffix)).subtracting([""])
        hasSIPSuffix = suffixes.contains("SIP")
        if let odd = suffixes.subtracting(["SIP"]).sorted().first {
            throw PlateCards.unusable("the distortion \(odd) is not known here; solve the frame again")
        }
        degreesPerUnit = []
        for unit in cunit {
            guard let degrees = Self.degrees(of: unit) else {
                throw PlateCards.unusable("the unit '\(unit)' is no angle")
            }
            degreesPerUnit.append(degrees)
        }
    }

    static func isLatitude(_ ctype: String) -> Bool { latitudes.contains(split(ctype).name) }

    private static let latitudes: Set<String> = ["DEC", "GLAT", "ELAT"]

    /// "RA---TAN-SIP" as RA, TAN, SIP.
    private static func split(_ ctype: String) -> (name: String, code: String, suffix: String) {
        let letters = Array(ctype.utf8)
        guard letters.count >= 8, letters[4] == UInt8(ascii: "-") else {
            return (ctype.filter { $0 != "-" }, "", "")
        }
        func text(_ range: Range<Int>) -> String {
            String(decoding: letters[range].filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
        }
        return (text(0..<4), text(5..<8), text(8..<letters.count).trimmed)
    }

    private static func kind(_ first: String, _ second: String) -> (Kind, longitudeFirst: Bool)? {
        switch (first, second) {
        case ("RA", "DEC"): (.equatorial, true)
        case ("DEC", "RA"): (.equatorial, false)
        case ("GLON", "GLAT"): (.galactic, true)
        case ("GLAT", "GLON"): (.galactic, false)
        case ("ELON", "ELAT"): (.ecliptic, true)
        case ("ELAT", "ELON"): (.ecliptic, false)
        default: nil
        }
    }

    private static func degrees(of unit: String) -> Double? {
        switch unit.lowercased() {
        case "", "deg", "degree", "degrees", "degs": 1
        case "arcmin", "arcminute", "arcminutes": 1.0 / 60
        case "arcsec", "arcsecond", "arcseconds", "asec": 1.0 / 3600
        case "mas": 1.0 / 3_600_000
        case "rad", "radian", "radians": degreesPerRadian
        default: nil
        }
    }

    /// The system of the coordinates by the standard's defaults; a name that is not known falls back to the equinox.
    func system(radesys: String?, equinox: Double?) throws(SkyError) -> (SkySystem, warning: String?) {
        switch kind {
        case .galactic: return (.galactic, nil)
        case .ecliptic: return (.ecliptic(equinox: equinox ?? 2000), nil)
        case .equatorial: break
        }
        let byEquinox: SkySystem =
            equinox.map { $0 < 1984 ? .fk4(equinox: $0) : .fk5(equinox: $0) } ?? .icrs
        switch radesys {
        case nil: return (byEquinox, nil)
        case "ICRS", "ICRF", "GAIA", "GAIADR2", "GAIADR3": return (.icrs, nil)
        case "FK5": return (.fk5(equinox: equinox ?? 2000), nil)
        case "FK4", "FK4-NO-E": return (.fk4(equinox: equinox ?? 1950), nil)
        case "GAPPT": throw PlateCards.unusable("RADESYS GAPPT (apparent places) is no fixed system")
        case .some(let name): return (byEquinox, "RADESYS '\(name)' is not known: read as \(byEquinox.name)")
        }
    }
}
