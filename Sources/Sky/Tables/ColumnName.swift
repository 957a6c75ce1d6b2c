internal import Files

/// What a column of a table of positions holds, told by its name: "RA (deg)", "ra_hours", "DEJ2000", "datetime_jd",
/// "utc_mid", "DATE-OBS", "R.A._(ICRF)".
///
/// A name counts only where every word of it is understood: "RA_app", "RA_3sigma", "local time" and "BJD" are none.
struct ColumnName: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case ra, dec
        /// Text with a date, a time of day, or both; or a Julian date that is told by its size.
        case calendar
        case julianDay, modifiedJulianDay
        /// One part of a date or time of day.
        case year, month, day, hour, minute, second
    }

    enum Unit: Hashable, Sendable {
        case degrees, hours, radians
        /// Three fields: of hours for a right ascension, of degrees for a declination.
        case sexagesimal
    }

    var kind: Kind
    /// As the name or the file says; nil where neither does.
    var unit: Unit?
    var scale = TimeScale.utc
    /// The name itself says that it is of the frame of the plate solutions.
    var isICRS = false
    /// The middle of an exposure, where a table has its start as well.
    var isMiddle = false
    /// What stands before the last point: "obstime" of "obstime.jd1".
    var stem = ""
    /// A further part of a Julian date, to be added to the first ("jd2" of astropy's).
    var isSecondPart = false

    /// Words that say nothing of what is in the column.
    private static let fillers: Set<String> = [
        "coord", "coords", "coordinate", "sky", "skycoord", "pos", "position", "target", "object", "obj", "body", "eph",
        "ephem", "ephemeris", "predicted", "pred", "topocentric", "topo", "astrometric", "ast", "obs", "observed", "of",
        "the",
    ]
    private static let frames: Set<String> = ["icrs", "icrf", "j2000", "2000", "j2000.0", "2000.0", "fk5", "eq2000"]
    private static let units: [String: Unit] = [
        "deg": .degrees, "degs": .degrees, "degree": .degrees, "degrees": .degrees, "d": .degrees, "h": .hours,
        "hr": .hours, "hrs": .hours, "hour": .hours, "hours": .hours, "hourangle": .hours, "rad": .radians,
        "radian": .radians, "radians": .radians, "hms": .sexagesimal, "dms": .sexagesimal, "hmsdms": .sexagesimal,
        "sexagesimal": .sexagesimal, "hhmmss": .sexagesimal, "ddmmss": .sexagesimal,
    ]
    /// "(h m s)", "(dd:mm:ss)": each of them with another one.
    private static let fields: Set<String> = ["h", "m", "s", "d", "hh", "mm", "ss", "dd", "min", "sec", "amin", "asec"]

    /// Nil where the name is of something else.
    init?(_ name: String) {
        guard name.utf8.count <= 100 else { return nil }
        // "coord.ra" and "obstime.jd1" are astropy's; "R.A." and "J2000.0" have points of their own.
        var words = Self.words(name)
        guard !words.isEmpty else { return nil }
        if let place = Self.place(&words) {
            kind = place
            guard readPlace(words) else { return nil }
            return
        }
        kind = .calendar
        guard readTime(words) else { return nil }
    }

    /// Lower case; apart at what is neither letter nor digit; "r.a." and the like put together.
    private static func words(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: text.unicodeScalars.append(scalar)
            case 0xB0, 0xBA: text += " deg "
            default: text += " "
            }
        }
        // "obsTime", "raDeg": a capital after a small letter begins a word; "RAJ2000" is taken apart below.
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            let isUpper = (0x41...0x5A).contains(scalar.value)
            let followsSmall = previous.map { (0x61...0x7A).contains($0.value) } ?? false
            if scalar == " " || (isUpper && followsSmall) {
                if !word.isEmpty { words.append(word.lowercased()) }
                word = ""
            }
            if scalar != " " { word.unicodeScalars.append(scalar) }
            previous = scalar
        }
        if !word.isEmpty { words.append(word.lowercased()) }
        var joined: [String] = []
        for word in words {
            if word == "a", joined.last == "r" {
                joined[joined.count - 1] = "ra"
            } else if word == "0", joined.last.map({ frames.contains($0) }) ?? false {
                // "J2000.0"
            } else {
                joined.append(word)
            }
        }
        return joined
    }

    /// Takes the words that name a coordinate out, and puts those that were grown together with it apart.
    private static func place(_ words: inout [String]) -> Kind? {
        let names: [(String, Kind)] = [
            ("rightascension", .ra), ("declination", .dec), ("decl", .dec), ("dec", .dec), ("ra", .ra), ("de", .dec),
        ]
        if let right = words.firstIndex(of: "right"), right + 1 < words.count, words[right + 1] == "ascension" {
            words.replaceSubrange(right...(right + 1), with: ["rightascension"])
        }
        for (name, kind) in names {
            for (index, word) in words.enumerated() where word.hasPrefix(name) {
                let rest = String(word.dropFirst(name.utf8.count))
                guard rest.isEmpty || frames.contains(rest) || units[rest] != nil, rest != "d", rest != "h" else {
                    continue
                }
                words.remove(at: index)
                if !rest.isEmpty { words.insert(rest, at: index) }
                return kind
            }
        }
        return nil
    }

    private mutating func readPlace(_ words: [String]) -> Bool {
        let rest = words.filter { !Self.fillers.contains($0) && !Self.frames.contains($0) }
        isICRS = words.contains { Self.frames.contains($0) } || words.contains("astrometric")
        if rest.isEmpty { return true }
        if rest.count > 1 {
            guard rest.count <= 3, ["h", "hh", "d", "dd"].contains(rest[0]),
                rest.allSatisfy({ Self.fields.contains($0) })
            else { return false }
            unit = .sexagesimal
            return true
        }
        unit = Self.units[rest[0]]
        return unit != nil
    }

    private mutating func readTime(_ words: [String]) -> Bool {
        var words = words
        let scales: [String: TimeScale] = ["utc": .utc, "ut": .utc, "tt": .tt, "tdb": .tdb, "tai": .tai]
        // "jdut", "mjdtdb": grown together.
        if let index = words.firstIndex(where: { $0.hasPrefix("jd") || $0.hasPrefix("mjd") }) {
            let head = words[index].hasPrefix("mjd") ? "mjd" : "jd"
            let tail = String(words[index].dropFirst(head.utf8.count))
            if tail == "1" || tail == "2" {
                isSecondPart = tail == "2"
                stem = words[..<index].joined(separator: " ")
                words[index] = head
            } else if scales[tail] != nil {
                words.replaceSubrange(index...index, with: [head, tail])
            }
        }
        let named = Set(words.compactMap { scales[$0] })
        guard named.count <= 1 else { return false }
        scale = named.first ?? .utc
        let heads: Set<String> = [
            "time", "date", "datetime", "timestamp", "epoch", "obstime", "obsdate", "dateobs", "jd", "mjd",
            "juliandate",
            "julian", "utc", "ut", "iso", "isot", "isotime", "instant", "midtime", "timeobs", "utdate", "datetimestr",
            "utcdate", "utctime", "uttime", "dateutc", "dateut", "timeutc",
        ]
        let others: Set<String> = [
            "tt", "tdb", "tai", "mid", "middle", "midpoint", "avg", "obs", "of", "at", "day", "days", "d", "str",
            "calendar", "gregorian", "hr", "mn", "sc", "fff", "hh", "mm", "ss", "h", "m", "s", "hms", "min", "sec",
            "yyyy", "dd", "text", "value", "isot", "8601",
        ]
        let parts: [String: Kind] = [
            "year": .year, "yr": .year, "yyyy": .year, "month": .month, "mon": .month, "day": .day, "hour": .hour,
            "hr": .hour, "hh": .hour, "minute": .minute, "min": .minute, "second": .second, "sec": .second,
        ]
        let bare = words.filter { scales[$0] == nil }
        if bare.count == 1, let part = parts[bare[0]] {
            kind = part
            return true
        }
        guard words.contains(where: { heads.contains($0) }),
            words.allSatisfy({ heads.contains($0) || others.contains($0) })
        else { return false }
        isMiddle = words.contains { ["mid", "middle", "midpoint", "midtime", "avg"].contains($0) }
        if words.contains("mjd") {
            kind = .modifiedJulianDay
        } else if words.contains(where: { ["jd", "julian", "juliandate"].contains($0) }) {
            kind = .julianDay
        }
        return true
    }

    /// What a unit of another place (the second line of a printed table, an ECSV header) says; nil for what is none.
    static func unit(_ text: String) -> Unit? {
        let lower = text.lowercased().trimmed
        if lower == "\"h:m:s\"" || lower == "h:m:s" || lower == "d:m:s" || lower == "\"d:m:s\"" { return .sexagesimal }
        return lower == "°" ? .degrees : units[lower]
    }
}
