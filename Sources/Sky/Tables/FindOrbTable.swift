internal import Files

/// An ephemeris as Find_Orb writes it (ephemeri.json) and NEOfixer hands it on (/ephem/).
enum FindOrbTable {
    static func read(_ json: JSONValue, source: String) throws(SkyError) -> TabulatedEphemeris {
        func fail(_ what: String, _ code: SkyError.Code = .badTable) -> SkyError {
            SkyError(code, operation: "read the Find_Orb ephemeris", subject: source, detail: what)
        }
        if let error = json["error"] {
            throw fail(
                "the service said: \((error["message"]?.text ?? error.text ?? "an error").prefix(300))", .notFound)
        }
        guard
            let body = json["ephemeris"] ?? json["result"]?["ephemeris"] ?? json["result"]
                ?? (json["entries"].map { _ in json })
        else { throw fail("there is no ephemeris in it") }
        // A list, or an object with the keys "0", "1"...
        let entries: [JSONValue] =
            switch body["entries"] {
            case .array(let elements)?: elements
            case .object(let members)?: members.map(\.value)
            default: []
            }
        guard !entries.isEmpty else {
            if body["objects"] != nil { throw fail("it holds orbital elements, not places: give it as --elements") }
            throw fail("it has no rows")
        }
        guard entries.count <= TabulatedEphemeris.mostRows else { throw fail("it has too many rows") }
        var table = TabulatedEphemeris(
            rows: [], centre: .unknown, service: "Find_Orb", objectName: body["packed"]?.text, digitArcsec: 0)
        if let code = body["obscode"]?.text {
            table.centre = Site.code(code).map { .site($0) } ?? .other("observatory \(code.prefix(8))")
        }
        for entry in entries {
            guard let julian = entry["JD"]?.text, let instant = HorizonsTable.julian(julian, .utc) else {
                throw fail("a row has no readable JD")
            }
            guard let raText = entry["RA"]?.text, let decText = entry["Dec"]?.text, let ra = Double(fits: raText),
                let dec = Double(fits: decText), (-360...360).contains(ra), (-90...90).contains(dec)
            else { throw fail("a row has no readable RA and Dec") }
            table.digitArcsec = max(
                table.digitArcsec, Angle.digitDegrees(raText) * 3600, Angle.digitDegrees(decText) * 3600)
            let distance = entry["delta"]?.double.flatMap { $0 > 0 ? $0 : nil }
            table.rows.append(
                .init(
                    instant: instant, position: SkyPosition(raDegrees: ra, decDegrees: dec), distanceAU: distance))
        }
        return table
    }
}
