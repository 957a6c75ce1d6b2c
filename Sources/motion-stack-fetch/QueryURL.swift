/// An address with its query, every character that is not plain percent-encoded.
struct QueryURL {
    let base: String
    private(set) var parameters: [(name: String, value: String)] = []

    /// Throws for what is no http or https address, or has a query already.
    init(base: String) throws(FetchError) {
        let scheme = ["https://", "http://"].first { base.lowercased().hasPrefix($0) }
        guard let scheme, base.utf8.count > scheme.utf8.count, base.utf8.count < 500,
            base.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#\"'<>\\^`{|}".utf8.contains($0) })
        else { throw .usage("'\(base)' is no address of a service: give http://... or https://..., without a query") }
        self.base = base
    }

    mutating func add(_ name: String, _ value: String) { parameters.append((name, value)) }

    /// The value in single quotes, as Horizons wants what has blanks or signs in it.
    mutating func addQuoted(_ name: String, _ value: String) { add(name, "'" + value + "'") }

    var text: String {
        guard !parameters.isEmpty else { return base }
        return base + "?" + parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
