extension FITSFile {
    /// The header of `hdu`, followed by the cards of the primary header that it lacks: time, exposure and site often
    /// stand in the primary alone. INHERIT is not asked: many writers forget it.
    ///
    /// Left out are the cards that describe the primary's own data, its commentary, and its world coordinates when the
    /// HDU has any of its own: half of one solution and half of another would be a wrong one.
    public func header(inheriting hdu: HDU) -> Header {
        guard hdu.index > 0, let primary = hdus.first?.header else { return hdu.header }
        var header = hdu.header
        // An empty card is a missing one.
        let given = Set(primary.cards.filter { $0.value != .none && !$0.isEmpty }.map(\.keyword))
        header.cards.removeAll { $0.isEmpty && given.contains($0.keyword) && !Self.isStructural($0.keyword) }
        let present = Set(header.cards.map(\.keyword))
        let hasCoordinates = header.cards.contains { Self.isWorldCoordinate($0.keyword) }
        for card in primary.cards {
            let keyword = card.keyword
            if card.value == .none || present.contains(keyword) || Self.isStructural(keyword) { continue }
            if hasCoordinates, Self.isWorldCoordinate(keyword) { continue }
            header.cards.append(card)
        }
        return header
    }

    /// Cards that are about the data unit of their own HDU.
    private static func isStructural(_ keyword: String) -> Bool {
        structural.contains(keyword) || isNumbered(keyword, "NAXIS")
    }

    private static let structural: Set<String> = [
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "PCOUNT", "GCOUNT", "GROUPS", "EXTEND", "NEXTEND", "INHERIT",
        "EXTNAME",
        "EXTVER", "EXTLEVEL", "BSCALE", "BZERO", "BLANK", "BUNIT", "DATAMIN", "DATAMAX", "CHECKSUM", "DATASUM",
        "ZHECKSUM",
        "ZDATASUM", "LONGSTRN", "END",
    ]

    /// The cards that place pixels on the sky, alternate solutions (a letter at the end) included.
    private static func isWorldCoordinate(_ keyword: String) -> Bool {
        if named.contains(keyword) { return true }
        var stem = keyword[...]
        if let last = stem.last, last.isLetter, stem.dropLast().last?.isNumber == true { stem = stem.dropLast() }
        if stems.contains(where: { isNumbered(stem, $0) }) { return true }
        return matrices.contains { matrix in
            guard stem.hasPrefix(matrix) else { return false }
            let indices = stem.dropFirst(matrix.count).split(separator: "_", omittingEmptySubsequences: false)
            return indices.count == 2 && indices.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
        }
    }

    private static let named: Set<String> = [
        "WCSAXES", "LONPOLE", "LATPOLE", "EQUINOX", "RADESYS", "RADECSYS", "A_ORDER", "B_ORDER",
        "AP_ORDER", "BP_ORDER",
    ]
    private static let stems = ["CTYPE", "CRVAL", "CRPIX", "CDELT", "CROTA", "CUNIT"]
    private static let matrices = ["CD", "PC", "PV", "PS", "A_", "B_", "AP_", "BP_"]

    private static func isNumbered(_ keyword: some StringProtocol, _ stem: String) -> Bool {
        keyword.hasPrefix(stem) && keyword.count > stem.count && keyword.dropFirst(stem.count).allSatisfy(\.isNumber)
    }
}
