internal import Sky

/// What is asked of a service, in the words of motion-stack-fetch.
struct OnlineRequest: Hashable, Sendable {
    enum Service: String, Sendable, CaseIterable {
        case horizons, neofixer

        var title: String { self == .horizons ? "JPL Horizons" : "NEOfixer" }
        /// Of the files that keep its replies.
        var ending: String { self == .horizons ? ".txt" : ".json" }
    }

    let service: Service
    let object: String
    /// Words after the object.
    private(set) var arguments: [String] = []
    /// UTC, one a line; empty for an even table.
    private(set) var times = ""
    /// Of whom, for which object, from where: replies that have this in common differ in their times only.
    let subject: String
    /// All that the reply depends on; begins with the subject.
    let key: String

    /// More times than these never fit into an address (20 characters each of 2000).
    static let mostTimes = 80

    /// The object's place from a site, over a span: at `times` where they are few, else an even table, for which the span
    /// is rounded outwards to ten minutes.
    static func horizons(
        object: String, site: String, span: ClosedRange<Instant>, times: [Instant], address: String?
    ) -> OnlineRequest {
        if times.isEmpty || times.count > mostTimes {
            let start = tenMinutes(span.lowerBound, up: false)
            let stop = tenMinutes(span.upperBound, up: true)
            return OnlineRequest(
                .horizons, object, site: site, ["--start", start.iso(decimals: 0), "--stop", stop.iso(decimals: 0)],
                address: address)
        }
        let list = times.sorted().map { $0.iso(decimals: 6) + "\n" }.joined()
        return OnlineRequest(.horizons, object, site: site, [], times: list, address: address)
    }

    /// The object's newest orbit.
    static func neofixer(object: String, address: String?) -> OnlineRequest {
        OnlineRequest(.neofixer, object, site: nil, [], address: address)
    }

    private init(
        _ service: Service, _ object: String, site: String?, _ words: [String], times: String = "", address: String?
    ) {
        let object = Designation(parsing: object)?.description ?? object
        self.service = service
        self.object = object
        self.times = times
        arguments = (site.map { ["--site", $0] } ?? []) + words + (address.map { ["--base-url", $0] } ?? [])
        func line(_ parts: [String]) -> String {
            parts.map { part in String(part.map { $0.isNewline ? " " : $0 }) }.joined(separator: " ")
        }
        // The words' version comes first: what is asked of the service may change with the program.
        subject = line(["2", service.rawValue, object, site ?? "", address ?? "", "|"])
        key = subject + line(words + times.split(separator: "\n").map(String.init))
    }

    private static func tenMinutes(_ instant: Instant, up: Bool) -> Instant {
        let (day, fraction) = instant.utcJulianDay
        let steps = (fraction * 144).rounded(up ? .up : .down)
        return Instant(julianDay: day, fraction: steps / 144, scale: .utc)
    }

    /// Without the ending.
    var stem: String { Self.prefix(service, object) + hash }

    /// How the names of all files about an object begin.
    static func prefix(_ service: Service, _ object: String) -> String {
        var name = ""
        for byte in (Designation(parsing: object)?.description ?? object).utf8.prefix(40) {
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            name += isPlain ? String(UnicodeScalar(byte)) : "-"
        }
        return "\(service.rawValue)-\(name)-"
    }

    var fileName: String { stem + service.ending }

    /// FNV-1a of the key, 64 bits: for the file's name only, the key itself is compared.
    private var hash: String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
