internal import Sky

/// What is asked of a service, in the words of motion-stack-fetch.
struct OnlineRequest: Hashable, Sendable {
    enum Service: String, Sendable {
        case horizons, neofixer

        var title: String { self == .horizons ? "JPL Horizons" : "NEOfixer" }
    }

    let service: Service
    let object: String
    /// Words after the object.
    private(set) var arguments: [String] = []
    /// UTC, one a line; empty for an even table.
    private(set) var times = ""
    /// All that the reply depends on.
    let key: String

    /// The object's place from a site, over a span: at `times` where they are few, else an even table. The span is
    /// rounded outwards to ten minutes, so that one frame more is no new request.
    static func horizons(
        object: String, site: String, span: ClosedRange<Instant>, times: [Instant], address: String?
    ) -> OnlineRequest {
        var words = ["--site", site]
        var list = ""
        if times.isEmpty {
            let start = tenMinutes(span.lowerBound, up: false)
            let stop = tenMinutes(span.upperBound, up: true)
            words += ["--start", start.iso(decimals: 0), "--stop", stop.iso(decimals: 0)]
        } else {
            list = times.sorted().map { $0.iso(decimals: 6) + "\n" }.joined()
        }
        return OnlineRequest(.horizons, object, words, list, address)
    }

    /// The object's newest orbit.
    static func neofixer(object: String, address: String?) -> OnlineRequest {
        OnlineRequest(.neofixer, object, [], "", address)
    }

    private init(_ service: Service, _ object: String, _ words: [String], _ times: String, _ address: String?) {
        let object = Designation(parsing: object)?.description ?? object
        self.service = service
        self.object = object
        self.times = times
        // The words' version comes first: what is asked of the service may change with the program.
        var parts = ["1", service.rawValue, object] + words
        arguments = words
        if let address {
            arguments += ["--base-url", address]
            parts.append(address)
        }
        if !times.isEmpty { parts.append(times.split(separator: "\n").joined(separator: ",")) }
        key = parts.map { part in String(part.map { $0.isNewline ? " " : $0 }) }.joined(separator: " ")
    }

    private static func tenMinutes(_ instant: Instant, up: Bool) -> Instant {
        let (day, fraction) = instant.utcJulianDay
        let steps = (fraction * 144).rounded(up ? .up : .down)
        return Instant(julianDay: day, fraction: steps / 144, scale: .utc)
    }

    /// Without the ending.
    var stem: String {
        var name = ""
        for byte in object.utf8.prefix(40) {
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            name += isPlain ? String(UnicodeScalar(byte)) : "-"
        }
        return "\(service.rawValue)-\(name)-\(hash)"
    }

    var fileName: String { stem + (service == .horizons ? ".txt" : ".json") }

    /// FNV-1a of the key, 64 bits: for the file's name only, the key itself is compared.
    private var hash: String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
