internal import Sky

/// One observer table of JPL Horizons: an object from a site at given times, or at even steps.
///
/// API documentation: https://ssd-api.jpl.nasa.gov/doc/horizons.html
struct HorizonsRequest {
    static let address = "https://ssd.jpl.nasa.gov/api/horizons.api"
    /// Longer addresses are refused by the service.
    static let longestURL = 2000

    /// COMMAND: a small body, never a planet or spacecraft of the same name or number; or the id of one of those.
    let command: String
    let site: Site
    let times: Times

    enum Times {
        /// In order, no two closer than `closest`, no gap longer than `widest` seconds.
        case list([Instant])
        case table(start: Instant, stop: Instant, minutes: Int)
    }

    /// Closer times would make the interpolation between them swing; further apart it loses milliarcseconds.
    private static let closest = 30.0
    private static let widest = 600.0
    private static let mostRows = 10_000

    /// `isID`: the object is an id of Horizons, of a spacecraft, a moon or a planet.
    init(object: String, isID: Bool = false, site: Site, times: Times) throws(FetchError) {
        self.command = isID ? try Self.command(id: object) : try Self.command(object)
        self.site = site
        self.times = times
    }

    /// The words of Horizons for a small body. The apparition of a comet is the last one before the times (CAP).
    static func command(_ object: String) throws(FetchError) -> String {
        guard let designation = Designation(parsing: object) else { throw .usage("the object's name is missing") }
        switch designation {
        case .number(let number): return "\(number);"
        case .provisional, .survey: return "DES=\(designation);"
        case .cometNumber(_, let type, let fragment):
            if type == "I" { return "DES=\(designation);" }
            return "DES=\(designation);CAP" + (fragment.isEmpty ? ";NOFRAG" : "")
        case .comet(let type, _, let fragment):
            if type == "A" { return "DES=\(designation);" }
            return "DES=\(designation);CAP" + (fragment.isEmpty ? ";NOFRAG" : "")
        case .name(let name):
            guard name.utf8.count <= 60,
                name.unicodeScalars.allSatisfy({
                    $0.properties.isAlphabetic || "0123456789 -.".unicodeScalars.contains($0)
                })
            else {
                throw FetchError(
                    code: 69,
                    message: "JPL Horizons cannot be asked for a name with such characters: '\(name)'; "
                        + "give the number or designation")
            }
            return name + ";"
        }
    }

    /// The id as it is: without a semicolon it is no small body's number.
    static func command(id: String) throws(FetchError) -> String {
        guard let number = Int(id), abs(number) < 1_000_000_000 else {
            throw .usage("an id of Horizons is a whole number (-170, 501), not '\(id)'")
        }
        return "\(number)"
    }

    /// Times for a list: those given and as many in between and beside that a table of them can be interpolated.
    static func nodes(_ times: [Instant]) -> [Instant] {
        let sorted = times.sorted()
        guard let first = sorted.first, let last = sorted.last else { return [] }
        var nodes = [first.advanced(bySeconds: -widest)]
        func reach(_ time: Instant) {
            guard let previous = nodes.last else { return }
            let gap = time.seconds(since: previous)
            guard gap >= closest, nodes.count < 1000 else { return }
            let parts = Int((gap / widest).rounded(.up))
            for part in stride(from: 1, to: parts, by: 1) where nodes.count < 1000 {
                nodes.append(previous.advanced(bySeconds: gap * Double(part) / Double(parts)))
            }
            nodes.append(time)
        }
        for time in sorted { reach(time) }
        reach(last.advanced(bySeconds: widest))
        return nodes
    }

    /// The list where its address is short enough, else an even table.
    static func request(
        object: String, isID: Bool = false, site: Site, times: [Instant], base: String
    ) throws(FetchError) -> HorizonsRequest {
        guard let first = times.min(), let last = times.max() else { throw .usage("there are no times") }
        let list = try HorizonsRequest(object: object, isID: isID, site: site, times: .list(nodes(times)))
        if try list.url(base: base).utf8.count < longestURL { return list }
        return try request(object: object, isID: isID, site: site, start: first, stop: last, minutes: nil)
    }

    /// An even table from two steps before `start` to two after `stop`, at whole steps of the clock, so that requests
    /// of the same night are the same request.
    static func request(
        object: String, isID: Bool = false, site: Site, start: Instant, stop: Instant, minutes: Int?
    ) throws(FetchError) -> HorizonsRequest {
        guard stop >= start else { throw .usage("--stop is before --start") }
        let hours = stop.seconds(since: start) / 3600
        let minutes = minutes ?? (hours <= 6 ? 5 : 10)
        guard minutes >= 1, minutes <= 60 else { throw .usage("--step is 1 to 60 minutes") }
        let rows = hours * 60 / Double(minutes)
        guard rows < Double(mostRows) else {
            throw .usage("\(Int(hours / 24)) days at steps of \(minutes) min are too many rows: ask for shorter spans")
        }
        func clock(_ instant: Instant, up: Bool) -> Instant {
            let (day, fraction) = instant.utcJulianDay
            // Steps of the clock since midnight.
            let steps = fraction * 1440 / Double(minutes)
            let whole = up ? steps.rounded(.up) + 2 : steps.rounded(.down) - 2
            return Instant(julianDay: day, fraction: whole * Double(minutes) / 1440, scale: .utc)
        }
        return try HorizonsRequest(
            object: object, isID: isID, site: site,
            times: .table(start: clock(start, up: false), stop: clock(stop, up: true), minutes: minutes))
    }

    func url(base: String) throws(FetchError) -> String {
        var url = try QueryURL(base: base)
        url.add("format", "text")
        url.addQuoted("COMMAND", command)
        url.addQuoted("OBJ_DATA", "NO")
        url.addQuoted("MAKE_EPHEM", "YES")
        url.addQuoted("EPHEM_TYPE", "OBSERVER")
        if let code = site.code {
            url.addQuoted("CENTER", "\(code)@399")
        } else {
            guard let latitude = site.latitudeDegrees, let altitude = site.altitudeMetres else {
                throw .usage("the site has no latitude")
            }
            let longitude = site.longitudeDegrees < 0 ? site.longitudeDegrees + 360 : site.longitudeDegrees
            url.addQuoted("CENTER", "coord@399")
            url.addQuoted("COORD_TYPE", "GEODETIC")
            url.addQuoted(
                "SITE_COORD", "\(Self.plain(longitude, 7)),\(Self.plain(latitude, 7)),\(Self.plain(altitude / 1000, 5))"
            )
        }
        switch times {
        case .list(let instants):
            url.addQuoted("TLIST", instants.map(Self.julianDay).joined(separator: " "))
            url.addQuoted("TLIST_TYPE", "JD")
        case .table(let start, let stop, let minutes):
            url.addQuoted("START_TIME", Self.calendar(start))
            url.addQuoted("STOP_TIME", Self.calendar(stop))
            url.addQuoted("STEP_SIZE", "\(minutes) m")
        }
        url.addQuoted("TIME_TYPE", "UT")
        // 1 astrometric place, 3 rates, 20 distance, 36 its uncertainty from the orbit (3 sigma).
        url.addQuoted("QUANTITIES", "1,3,20,36")
        url.addQuoted("CSV_FORMAT", "YES")
        url.addQuoted("ANG_FORMAT", "DEG")
        url.addQuoted("EXTRA_PREC", "YES")
        url.addQuoted("CAL_FORMAT", "BOTH")
        url.addQuoted("TIME_DIGITS", "FRACSEC")
        url.addQuoted("REF_SYSTEM", "ICRF")
        url.addQuoted("SKIP_DAYLT", "NO")
        return url.text
    }

    private static func calendar(_ instant: Instant) -> String {
        String(instant.iso(decimals: 0).map { $0 == "T" ? " " : $0 })
    }

    /// Julian day with 9 decimals (0.1 ms), days of 86 400 s as Horizons counts them.
    static func julianDay(_ instant: Instant) -> String {
        let (day, fraction) = instant.utcJulianDay
        var whole = Int64(day.rounded(.down))
        var billionths = Int64((((day - day.rounded(.down)) + fraction) * 1e9).rounded())
        whole += billionths / 1_000_000_000
        billionths %= 1_000_000_000
        let digits = String(billionths)
        return "\(whole).\(String(repeating: "0", count: 9 - digits.utf8.count))\(digits)"
    }

    /// Decimal text without an exponent.
    static func plain(_ value: Double, _ places: Int) -> String {
        var unit = 1.0
        for _ in 0..<places { unit *= 10 }
        let scaled = Int64((abs(value) * unit).rounded())
        let digits = String(scaled % Int64(unit))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + "\(scaled / Int64(unit))." + String(repeating: "0", count: places - digits.utf8.count) + digits
    }
}
