extension Header {
    /// The header of the image inside a tile-compressed HDU: what an expanded copy would have. The checksums are left out, which are of other
    /// bytes.
    func ofImageInTiles(bitpix: Int, axes: [Int]) -> Header {
        var image = Header(cards: [
            Card("XTENSION", .string("IMAGE"), comment: "image extension"),
            Card("BITPIX", .integer(Int64(bitpix))), Card("NAXIS", .integer(Int64(axes.count))),
        ])
        for (index, length) in axes.enumerated() {
            image.cards.append(Card("NAXIS\(index + 1)", .integer(Int64(length))))
        }
        image.cards.append(Card("PCOUNT", .integer(0)))
        image.cards.append(Card("GCOUNT", .integer(1)))
        image.cards += cards.filter { !Self.isOfTiles($0.keyword) }
        // Of integers, it is the BLANK of what was compressed.
        if bitpix > 0, self["BLANK"] == nil, case .integer(let blank)? = self["ZBLANK"]?.value {
            image.set("BLANK", .integer(blank), comment: "no data")
        }
        return image
    }

    private static let tileCards: Set<String> = [
        "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "TFIELDS", "THEAP", "CHECKSUM",
        "DATASUM",
        "ZIMAGE", "ZTABLE", "ZCMPTYPE", "ZBITPIX", "ZNAXIS", "ZQUANTIZ", "ZDITHER0", "ZMASKCMP", "ZSIMPLE", "ZTENSION",
        "ZEXTEND", "ZBLOCKED", "ZPCOUNT", "ZGCOUNT", "ZHECKSUM", "ZDATASUM", "ZBLANK", "ZSCALE", "ZZERO",
    ]
    private static let numbered = [
        "ZNAXIS", "ZTILE", "ZNAME", "ZVAL", "TTYPE", "TFORM", "TUNIT", "TDIM", "TNULL", "TSCAL", "TZERO", "TDISP",
        "ZFORM", "ZCTYP",
    ]

    /// Whether a card tells of the table or of the compression.
    private static func isOfTiles(_ keyword: String) -> Bool {
        if tileCards.contains(keyword) { return true }
        return numbered.contains { stem in
            keyword.hasPrefix(stem) && keyword.utf8.count > stem.utf8.count
                && keyword.utf8.dropFirst(stem.utf8.count).allSatisfy { (0x30...0x39).contains($0) }
        }
    }
}
