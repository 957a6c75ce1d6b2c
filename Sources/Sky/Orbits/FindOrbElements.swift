internal import Files

/// Elements as Find_Orb writes them (total.json, elem_short.json) and NEOfixer hands them on (/orbit/).
enum FindOrbElements {
    static func matches(_ json: JSONValue) -> Bool {
        json["objects"] != nil || json["result"]?["objects"] != nil || json["jsonrpc"] != nil
    }

    /// All objects in the file. Throws `.notFound` with what the service said, `.badElements` where one is spoiled.
    static func all(_ json: JSONValue, source: String) throws(SkyError) -> [OrbitalElements] {
        let operation = "read the Find_Orb elements"
        if let error = json["error"] {
            let said = error["message"]?.text ?? error.text ?? "an error without a message"
            throw SkyError(
                .notFound, operation: operation, subject: source, detail: "the service said: \(said.prefix(300))")
        }
        let objects = (json["objects"] ?? json["result"]?["objects"])?.members ?? []
        guard !objects.isEmpty else {
            throw SkyError(.badElements, operation: operation, subject: source, detail: "there is no object in it")
        }
        var found: [OrbitalElements] = []
        for (key, object) in objects.prefix(10_000) {
            found.append(try elements(object, name: object["object"]?.text ?? key, source: source))
        }
        return found
    }

    private static func elements(_ object: JSONValue, name: String, source: String) throws(SkyError) -> OrbitalElements
    {
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: "read the Find_Orb elements", subject: name, detail: what)
        }
        guard let e = object["elements"] else { throw fail("there are no elements") }
        let body = e["central body"]?.text ?? "Sun"
        let frame = e["frame"]?.text ?? "J2000 ecliptic"
        guard body == "Sun" else { throw fail("the orbit is around '\(body)', not around the Sun") }
        guard frame == "J2000 ecliptic" else { throw fail("the frame is '\(frame)', not the ecliptic of J2000") }
        func value(_ key: String) throws(SkyError) -> Double {
            guard let value = e[key]?.double else { throw fail("'\(key)' is missing or no number") }
            return value
        }
        let packed = object["packed"]?.text ?? name
        var elements = try OrbitalElements(
            name: name, designation: Designation(packed: packed) ?? Designation(parsing: name),
            epochMJD: try value("epoch") - 2_400_000.5, perihelionDistanceAU: try value("q"),
            eccentricity: try value("e"), inclinationDegrees: try value("i"), nodeDegrees: try value("asc_node"),
            perihelionArgumentDegrees: try value("arg_per"), perihelionMJD: try value("Tp") - 2_400_000.5,
            source: source)
        try elements.take(
            NonGravitationalModel(a1: e["A1"]?.double ?? 0, a2: e["A2"]?.double ?? 0, a3: e["A3"]?.double ?? 0))
        elements.absoluteMagnitude = e["H"]?.double
        elements.slope = e["G"]?.double
        elements.quality.uncertainty = e["U"]?.double
        elements.quality.rms = e["rms_residual"]?.double
        let observations = object["observations"]
        elements.quality.observations = observations?["used"]?.double.flatMap { Int(exactly: $0) }
        if let first = observations?["earliest"]?.double, let last = observations?["latest"]?.double, last >= first {
            elements.quality.arcDays = last - first
        }
        elements.quality.lastObservation = (observations?["latest iso"]?.text).map { String($0.prefix(10)) }
        return elements
    }
}
