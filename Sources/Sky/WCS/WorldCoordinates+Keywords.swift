internal import Files

extension WorldCoordinates {
    /// Whether a card belongs to some description of world coordinates, so that a product on another grid must not
    /// copy it: all axes, alternates (letters), SIP, TPV, look-up distortions, IRAF's WAT and LTV, DSS plate terms.
    public static func isWorldCoordinateKeyword(_ keyword: String) -> Bool {
        let name = keyword.trimmed.uppercased()
        if plain.contains(name) || plain.contains(String(name.dropLast())) && name.utf8.last.map(isLetter) == true {
            return true
        }
        // Letters, then digits and underscores, then perhaps the letter of an alternate.
        let body = name.utf8.last.map(isLetter) == true ? String(name.dropLast()) : name
        guard let start = body.utf8.firstIndex(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return false }
        let stem = String(body[..<start])
        guard body[start...].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: "_") }) else {
            return false
        }
        return indexed.contains(stem)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }

    private static let plain: Set<String> = [
        "WCSAXES", "WCSNAME", "WCSDIM", "LONPOLE", "LATPOLE", "RADESYS", "RADECSYS", "EQUINOX", "EPOCH", "A_ORDER",
        "B_ORDER", "AP_ORDER", "BP_ORDER", "A_DMAX", "B_DMAX", "PLTRAH", "PLTRAM", "PLTRAS", "PLTDECSN", "PLTDECD",
        "PLTDECM", "PLTDECS", "PLTSCALE", "PPO", "XPIXELSZ", "YPIXELSZ",
    ]

    private static let indexed: Set<String> = [
        "CTYPE", "CUNIT", "CRVAL", "CRPIX", "CDELT", "CROTA", "CRDER", "CSYER", "CNAME", "CD", "PC", "PV", "PS", "A_",
        "B_", "AP_", "BP_", "CPDIS", "CQDIS", "CPERR", "CQERR", "DP", "DQ", "D2IMDIS", "D2IMERR", "D2IM", "WAT", "LTV",
        "LTM", "AMDX", "AMDY", "PPO", "CNPIX", "AXISCORR",
    ]
}
