internal import Files
package import Sky

/// What is asked of a service.
public struct ServiceRequest: Hashable, Sendable {
    public enum Service: String, Sendable, CaseIterable {
        /// Astrometric places from JPL Horizons.
        case horizons
        /// The newest orbit from NEOfixer.
        case neofixer

        public var title: String { self == .horizons ? "JPL Horizons" : "NEOfixer" }
        /// Of the files that keep its replies.
        package var ending: String { self == .horizons ? ".txt" : ".json" }
    }

    public let service: Service
    /// Its number or designation where the name is one, as it is written in full.
    public let object: String
    /// Of a spacecraft, a moon or a planet at JPL Horizons, which is asked for it as it is; nil for small bodies.
    public private(set) var horizonsID: Int?
    /// The observer: a code, or degrees east, degrees north, metres; nil for an orbit.
    public let site: String?
    /// UTC, for places at these times; empty for an even table or an orbit.
    public private(set) var times: [String] = []
    /// First and last time of an even table, UTC.
    public private(set) var start: String?
    public private(set) var stop: String?
    /// The service's address; nil for the public one.
    public let address: String?
    /// Of whom, for which object, from where: replies that have this in common differ in their times only.
    package let subject: String
    /// All that the reply depends on; begins with the subject.
    package let key: String

    /// More times than these never fit into an address (20 characters each of 2000).
    package static let mostTimes = 80

    /// The object's place from a site, over a span: at `times` where they are few, else an even table, for which the span
    /// is rounded outwards to ten minutes.
    package static func horizons(
        object: String, site: String, span: ClosedRange<Instant>, times: [Instant], address: String?
    ) -> ServiceRequest {
        places(object, site: site, span: span, times: times, address: address)
    }

    /// The place of what Horizons knows by an id.
    package static func horizons(
        id: Int, site: String, span: ClosedRange<Instant>, times: [Instant], address: String?
    ) -> ServiceRequest {
        var request = places(object(ofID: id), site: site, span: span, times: times, address: address)
        request.horizonsID = id
        return request
    }

    /// How an id stands in messages and in the names of its replies: no small body is called so.
    package static func object(ofID id: Int) -> String { "id \(id)" }

    private static func places(
        _ object: String, site: String, span: ClosedRange<Instant>, times: [Instant], address: String?
    ) -> ServiceRequest {
        if times.isEmpty || times.count > mostTimes {
            let start = tenMinutes(span.lowerBound, up: false)
            let stop = tenMinutes(span.upperBound, up: true)
            return ServiceRequest(
                .horizons, object, site: site, span: (start.iso(decimals: 0), stop.iso(decimals: 0)), address: address)
        }
        return ServiceRequest(
            .horizons, object, site: site, times: times.sorted().map { $0.iso(decimals: 6) }, address: address)
    }

    /// The object's newest orbit.
    package static func neofixer(object: String, address: String?) -> ServiceRequest {
        ServiceRequest(.neofixer, object, site: nil, address: address)
    }

    private init(
        _ service: Service, _ object: String, site: String?, span: (start: String, stop: String)? = nil,
        times: [String] = [], address: String?
    ) {
        let object = Designation(parsing: object)?.description ?? object
        self.service = service
        self.object = object
        self.site = site
        self.times = times
        self.address = address
        start = span?.start
        stop = span?.stop
        func line(_ parts: [String]) -> String {
            parts.map { part in String(part.map { $0.isNewline ? " " : $0 }) }.joined(separator: " ")
        }
        // The words' version comes first: what is asked of the service may change with the program.
        subject = line(["2", service.rawValue, object, site ?? "", address ?? "", "|"])
        key = subject + line((span.map { ["--start", $0.start, "--stop", $0.stop] } ?? []) + times)
    }

    private static func tenMinutes(_ instant: Instant, up: Bool) -> Instant {
        let (day, fraction) = instant.utcJulianDay
        let steps = (fraction * 144).rounded(up ? .up : .down)
        return Instant(julianDay: day, fraction: steps / 144, scale: .utc)
    }

    /// Without the ending.
    package var stem: String { Self.prefix(service, object) + hash }

    /// How the names of all files about an object begin.
    package static func prefix(_ service: Service, _ object: String) -> String {
        var name = ""
        for byte in (Designation(parsing: object)?.description ?? object).utf8.prefix(40) {
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            name += isPlain ? String(UnicodeScalar(byte)) : "-"
        }
        return "\(service.rawValue)-\(name)-"
    }

    package var fileName: String { stem + service.ending }

    /// Of the key: for the file's name only, the key itself is compared.
    private var hash: String { hexadecimal(FNV1a.hash(key.utf8)) }
}
