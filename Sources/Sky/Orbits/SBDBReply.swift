internal import Files

/// A reply of JPL's Small-Body Database API (sbdb.api): one object's osculating elements in full precision.
enum SBDBReply {
    /// Whether a JSON value looks like one.
    static func matches(_ json: JSONValue) -> Bool {
        if json["orbit"]?["elements"] != nil { return true }
        if json["signature"]?["source"]?.text?.contains("SBDB") == true { return true }
        if json["signature"]?["source"]?.text?.contains("Small-Body") == true { return true }
        return json["code"] != nil && (json["message"] != nil || json["list"] != nil)
    }

    /// Throws `.notFound` or `.ambiguous` with what the service said, `.badElements` for a reply without elements.
    static func elements(_ json: JSONValue, source: String) throws(SkyError) -> OrbitalElements {
        let operation = "read the JPL SBDB reply"
        guard let orbit = json["orbit"], !orbit["elements"].isNilOrEmpty else {
            if let list = json["list"]?.elements, !list.isEmpty {
                let names = list.prefix(20).compactMap { $0["name"]?.text ?? $0["pdes"]?.text }
                throw SkyError(
                    .ambiguous, operation: operation, subject: source,
                    detail: "several objects match: \(names.joined(separator: "; "))")
            }
            let said = json["message"]?.text ?? json["error"]?.text ?? "the reply has no orbit"
            let missing = said.contains("not found") || json["code"]?.text == "200" || json["code"]?.text == "404"
            throw SkyError(
                missing ? .notFound : .badElements, operation: operation, subject: source,
                detail: "the service said: \(said.prefix(300))")
        }
        let object = json["object"]
        let name = object?["fullname"]?.text?.trimmed ?? object?["des"]?.text ?? "unnamed"
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: operation, subject: name, detail: what)
        }
        let equinox = orbit["equinox"]?.text ?? "J2000"
        guard equinox == "J2000" else { throw fail("the equinox is \(equinox), not J2000") }
        var values: [String: Double] = [:]
        var halves: [String: Double] = [:]
        for element in orbit["elements"]?.elements ?? [] {
            guard let key = element["name"]?.text else { continue }
            if let value = element["value"]?.double { values[key] = value }
            halves[key] = element["value"]?.text.map { ElementRounding.half($0) }
        }
        func value(_ key: String) throws(SkyError) -> Double {
            guard let value = values[key] else { throw fail("the element '\(key)' is missing or no number") }
            return value
        }
        guard let epochJD = orbit["epoch"]?.double else { throw fail("the epoch is missing or no number") }
        let epoch = epochJD - 2_400_000.5
        let e = try value("e")
        let q = try value("q")
        var perihelion = values["tp"].map { $0 - 2_400_000.5 }
        if perihelion == nil, let anomaly = values["ma"], let motion = values["n"], motion > 0 {
            perihelion = epoch - anomaly / motion
        }
        guard let perihelion else { throw fail("neither 'tp' nor 'ma' and 'n' are given") }
        let des = object?["des"]?.text ?? ""
        let prefix = object?["prefix"]?.text
        var designation = Designation(parsing: des)
        if let prefix, !des.contains("/"), case .provisional? = designation {
            designation = Designation(parsing: "\(prefix)/\(des)")
        } else if let prefix, case .name(let plain)? = designation {
            designation = Designation(parsing: "\(prefix)/\(plain)")
        }
        var elements = try OrbitalElements(
            name: name, designation: designation, epochMJD: epoch, perihelionDistanceAU: q, eccentricity: e,
            inclinationDegrees: try value("i"), nodeDegrees: try value("om"),
            perihelionArgumentDegrees: try value("w"), perihelionMJD: perihelion, source: source)
        // Without full-prec=true the service rounds to some five digits.
        elements.rounding.eccentricity = halves["e"] ?? 0
        elements.rounding.perihelionDistanceAU = halves["q"] ?? 0
        elements.rounding.perihelionDays = halves["tp"] ?? 0
        elements.rounding.inclinationDegrees = halves["i"] ?? 0
        elements.rounding.nodeDegrees = halves["om"] ?? 0
        elements.rounding.perihelionArgumentDegrees = halves["w"] ?? 0
        var model = NonGravitationalModel(a1: 0, a2: 0, a3: 0)
        for parameter in orbit["model_pars"]?.elements ?? [] {
            guard let key = parameter["name"]?.text, let value = parameter["value"]?.double else { continue }
            switch key {
            case "A1": model.a1 = value
            case "A2": model.a2 = value
            case "A3": model.a3 = value
            case "DT": model.delayDays = value
            case "ALN": model.alpha = value
            case "NK": model.k = value
            case "NM": model.m = value
            case "NN": model.n = value
            case "R0": model.r0 = value
            default: elements.warnings.append("the model parameter \(key) of JPL's orbit is not used")
            }
        }
        try elements.take(model)
        for parameter in json["phys_par"]?.elements ?? [] {
            guard let value = parameter["value"]?.double else { continue }
            switch parameter["name"]?.text {
            case "H", "M1": elements.absoluteMagnitude = elements.absoluteMagnitude ?? value
            case "G", "K1": elements.slope = elements.slope ?? value
            default: break
            }
        }
        elements.quality.arcDays = orbit["data_arc"]?.double
        elements.quality.uncertainty = orbit["condition_code"]?.double
        elements.quality.observations = orbit["n_obs_used"]?.double.flatMap { Int(exactly: $0) }
        elements.quality.rms = orbit["rms"]?.double
        elements.quality.lastObservation = orbit["last_obs"]?.text
        return elements
    }
}

extension OrbitalElements {
    /// Takes Marsden's terms after a look at their size: 1e-4 au/d^2 is a third of the Sun's pull at 1 au.
    mutating func take(_ model: NonGravitationalModel) throws(SkyError) {
        guard !model.isZero else { return }
        let sane =
            [model.a1, model.a2, model.a3].allSatisfy { abs($0) < 1e-4 } && (1e-3...100).contains(model.r0)
            && abs(model.alpha) <= 10 && (0...20).contains(model.k) && (0...20).contains(model.m)
            && (0...20).contains(model.n) && abs(model.delayDays) < 1000
        guard sane else {
            throw SkyError(
                .badElements, operation: "take the orbital elements", subject: name,
                detail: "the non-gravitational terms are beyond any comet's")
        }
        nonGravitational = model
    }
}

extension JSONValue? {
    var isNilOrEmpty: Bool {
        switch self {
        case nil, .null?: true
        case .array(let elements)?: elements.isEmpty
        case .object(let members)?: members.isEmpty
        default: false
        }
    }
}
