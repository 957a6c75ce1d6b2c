internal import Files

/// The orbit that a reply of JPL Horizons prints before its table: osculating elements, state, A1 A2 A3.
enum HorizonsElements {
    /// Whether a text is a reply of Horizons.
    static func matches(_ text: [UInt8]) -> Bool {
        let head = String(decoding: text.prefix(2000), as: UTF8.self)
        return head.contains("JPL/HORIZONS") || head.contains("NASA/JPL Horizons") || head.contains("/ Horizons")
            || head.contains("JPL/DASTCOM")
    }

    /// The text inside a JSON reply, or nil for other JSON.
    static func text(of json: JSONValue) -> String? {
        guard json["signature"]?["source"]?.text?.contains("Horizons") == true else { return nil }
        return json["result"]?.text ?? json["error"]?.text ?? ""
    }

    /// Throws `.notFound`, `.ambiguous` or `.badElements` with what the service said.
    static func elements(_ text: [UInt8], source: String) throws(SkyError) -> OrbitalElements {
        let lines = TextLines(text).prefix(20_000).map { String(decoding: $0.prefix(400), as: UTF8.self) }
        var name: String?
        var block: Int?
        for (index, line) in lines.enumerated() {
            if name == nil, line.hasPrefix("Target body name:") {
                name = line.dropFirst(17).prefix { $0 != "{" }.trimmed
            }
            // The block of the table's own header comes after the object's data sheet and counts more.
            if line.contains("ecliptic osculating elements") { block = index }
            if line.hasPrefix("$$SOE") { break }
        }
        if block == nil { block = lines.firstIndex { $0.contains("helio. ecliptic osc. elements") } }
        guard let block else { throw complaint(lines, source: source) }
        let title =
            name ?? lines.first { $0.hasPrefix("JPL/HORIZONS") }.map { $0.dropFirst(12).prefix(45).trimmed }
            ?? "unnamed"
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: "read the Horizons reply", subject: title, detail: what)
        }
        var values: [String: Double] = [:]
        for line in lines[block...].dropFirst().prefix(30) {
            if line.hasPrefix("$$SOE") { break }
            for (key, value) in pairs(line) where values[key] == nil { values[key] = value }
        }
        func value(_ key: String) throws(SkyError) -> Double {
            guard let value = values[key] else { throw fail("'\(key)=' is missing in the block of elements") }
            return value
        }
        let epoch = try value("EPOCH") - 2_400_000.5
        var elements = try OrbitalElements(
            name: title, designation: Self.designation(title), epochMJD: epoch, perihelionDistanceAU: try value("QR"),
            eccentricity: try value("EC"), inclinationDegrees: try value("IN"), nodeDegrees: try value("OM"),
            perihelionArgumentDegrees: try value("W"), perihelionMJD: try value("TP") - 2_400_000.5, source: source)
        if let x = values["X"], let y = values["Y"], let z = values["Z"], let vx = values["VX"], let vy = values["VY"],
            let vz = values["VZ"]
        {
            let state = CartesianState(x: x, y: y, z: z, vx: vx, vy: vy, vz: vz)
            // Elements and state are printed of one orbit: what contradicts is a damaged reply.
            let fromElements = try elements.stateAtEpoch()
            let difference = (fromElements.place - state.place).length
            guard difference < 1e-6 * max(1, state.place.length) else {
                throw fail("its elements and its state vector contradict each other by \(difference) au")
            }
            elements.state = state
        }
        var model = NonGravitationalModel(a1: values["A1"] ?? 0, a2: values["A2"] ?? 0, a3: values["A3"] ?? 0)
        model.alpha = values["ALN"] ?? model.alpha
        model.k = values["NK"] ?? model.k
        model.m = values["NM"] ?? model.m
        model.n = values["NN"] ?? model.n
        model.r0 = values["R0"] ?? model.r0
        model.delayDays = values["DT"] ?? 0
        try elements.take(model)
        elements.absoluteMagnitude = values["H"] ?? values["M1"]
        elements.slope = values["G"]
        return elements
    }

    /// "99942 Apophis (2004 MN4)", "2P/Encke", "(2023 DZ2)", "C/2022 E3 (ZTF)".
    static func designation(_ title: String) -> Designation? {
        if title.hasPrefix("("), title.hasSuffix(")") {
            return Designation(parsing: String(title.dropFirst().dropLast()))
        }
        return Designation(parsing: title)
    }

    /// "KEY= value" in a line, any number of them; values that are no numbers are left out.
    private static func pairs(_ line: String) -> [(String, Double)] {
        var found: [(String, Double)] = []
        let parts = line.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return found }
        for index in 1..<parts.count {
            guard let key = parts[index - 1].split(whereSeparator: { $0 == " " }).last,
                let number = parts[index].split(whereSeparator: { $0 == " " }).first,
                let value = Double(fits: String(number))
            else { continue }
            found.append((String(key), value))
        }
        return found
    }

    /// What the service said instead of an orbit.
    static func complaint(_ lines: [String], source: String) -> SkyError {
        let said = lines.map { $0.trimmed }.filter {
            !$0.isEmpty && !$0.hasPrefix("API ") && !$0.hasPrefix("***")
        }
        let joined = said.prefix(12).joined(separator: " | ")
        let code: SkyError.Code =
            if joined.contains("Matching small-bodies") || joined.contains("Multiple major-bodies") {
                .ambiguous
            } else if joined.contains("No matches") || joined.contains("Cannot find") || joined.contains("No ephemeris")
            {
                .notFound
            } else {
                .badElements
            }
        return SkyError(
            code, operation: "read the Horizons reply", subject: source,
            detail: "there is no orbit in it; the service said: \(joined.prefix(900))")
    }
}
