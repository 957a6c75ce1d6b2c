/// The unit of pixels, BUNIT, by one name for all its spellings.
enum PixelUnit {
    /// "adu" for ADU, counts and DN; "electron" for e-; "adu/s" for counts s^-1. Other units in lower case without blanks.
    static func name(_ text: String) -> String {
        var body = text.lowercased().filter { !$0.isWhitespace && $0 != "[" && $0 != "]" && $0 != "'" }
        if body == "cps" { body = "counts/s" }
        var rest = ""
        for ending in perSecond where body.hasSuffix(ending) && body.count > ending.count {
            body.removeLast(ending.count)
            while let last = body.last, ["*", ".", "_"].contains(last) { body.removeLast() }
            rest = "/s"
            break
        }
        if body.hasSuffix("(s)") { body.removeLast(3) }
        return (spellings[body] ?? body) + rest
    }

    /// Whether a unit, by its name, is one of something a second.
    static func isRate(_ name: String) -> Bool { name.hasSuffix("/s") }

    /// The longest first.
    private static let perSecond = [
        "persecond", "/seconds", "/second", "persec", "s**(-1)", "sec**-1", "s**-1", "s^(-1)", "sec^-1", "s^-1",
        "sec-1",
        "/sec", "s-1", "/s",
    ]

    private static let spellings: [String: String] = {
        let names: [String: [String]] = [
            "adu": [
                "adu", "adus", "a.d.u.", "count", "counts", "ct", "cts", "cnt", "cnts", "dn", "dns", "datanumber",
                "datanumbers", "digitalnumber", "digitalnumbers", "analog-to-digitalunits", "analogtodigitalunits",
                "du",
            ],
            "electron": ["electron", "electrons", "e", "e-", "el", "elec", "elecs", "photoelectron", "photoelectrons"],
            "photon": ["photon", "photons", "ph", "phot"],
        ]
        return Dictionary(uniqueKeysWithValues: names.flatMap { name, list in list.map { ($0, name) } })
    }()
}
