extension PlateCards {
    /// Cards that only a Digitized Sky Survey plate has.
    private static let plateKeywords = [
        "PLTRAH", "PLTRAM", "PLTRAS", "PLTDECD", "PLTDECM", "PLTDECS", "XPIXELSZ", "YPIXELSZ", "PPO3", "PPO6",
        "CNPIX1", "CNPIX2", "AMDX1", "AMDY1",
    ]

    /// The plate solution of a DSS scan (GSSS plate polynomials, Lasker et al. 1990), written as TPV, of which it is a
    /// special case; nil where the header has none. It is what the scan's own TAN cards approximate to an arcsecond.
    static func surveyPlate(_ header: some HeaderValues) throws(SkyError) -> PlateCards? {
        guard plateKeywords.allSatisfy({ header.headerValue($0) != nil }) else { return nil }
        var reader = PlateCardReader(header: header)
        var values: [String: Double] = [:]
        for keyword in plateKeywords {
            guard let value = try reader.number(keyword) else { return nil }
            values[keyword] = value
        }
        func value(_ keyword: String) -> Double { values[keyword] ?? 0 }
        var a = [0.0]
        var b = [0.0]
        for index in 1...13 {
            a.append(try reader.number("AMDX\(index)") ?? 0)
            b.append(try reader.number("AMDY\(index)") ?? 0)
        }
        let (sizeX, sizeY) = (value("XPIXELSZ") / 1000, value("YPIXELSZ") / 1000)
        guard sizeX > 0, sizeY > 0, a[1] != 0, b[1] != 0 else { return nil }

        var cards = PlateCards()
        cards.ctype = ["RA---TPV", "DEC--TPV"]
        let ra = 15 * (value("PLTRAH") + value("PLTRAM") / 60 + value("PLTRAS") / 3600)
        let dec = value("PLTDECD") + value("PLTDECM") / 60 + value("PLTDECS") / 3600
        cards.crval = [ra, header.headerText("PLTDECSN")?.hasPrefix("-") == true ? -dec : dec]
        // Millimetres on the plate, x to the east, times one scale, so that the first terms come out near 1.
        let scale = a[1] / 3600
        cards.crpix = [
            value("PPO3") / value("XPIXELSZ") - value("CNPIX1") + 0.5,
            value("PPO6") / value("YPIXELSZ") - value("CNPIX2") + 0.5,
        ]
        cards.matrix = [-sizeX * scale, 0, 0, sizeY * scale]
        cards.pv = [terms(a, scale), terms(b, scale)]
        cards.radesys = header.headerText("RADESYS")?.uppercased() ?? "FK5"
        cards.equinox = reader.equinox("EQUINOX") ?? 2000
        cards.warnings = ["the DSS plate polynomials are used, not the TAN approximation"]
        return cards
    }

    /// Plate terms (arcsec by mm) as TPV terms; AMDY has its variables exchanged just as PV2 has.
    private static func terms(_ c: [Double], _ scale: Double) -> [Int: Double] {
        func degree(_ power: Int, _ coefficient: Double) -> Double {
            var value = coefficient / 3600
            for _ in 0..<power { value /= scale }
            return value
        }
        return [
            0: degree(0, c[3]), 1: degree(1, c[1]), 2: degree(1, c[2]), 4: degree(2, c[4] + c[7]),
            5: degree(2, c[5]), 6: degree(2, c[6] + c[7]), 7: degree(3, c[8] + c[12]), 8: degree(3, c[9]),
            9: degree(3, c[10] + c[12]), 10: degree(3, c[11]), 17: degree(5, c[13]), 19: degree(5, 2 * c[13]),
            21: degree(5, c[13]),
        ].filter { $0.key < 11 || $0.value != 0 }
    }
}
