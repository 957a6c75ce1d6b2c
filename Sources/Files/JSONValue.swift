/// A JSON text as values. Numbers keep their digits. Depth, size and count are limited: the text may be hostile.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    package struct Failure: Error, Sendable {
        package let reason: String
        package let offset: Int
    }

    package static let maximumBytes = 64 << 20
    package static let maximumDepth = 64
    package static let maximumValues = 2_000_000

    package init(parsing bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.maximumBytes else { throw Failure(reason: "over 64 MiB", offset: 0) }
        var parser = Parser(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        self = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.position == bytes.count else {
            throw Failure(reason: "something follows the JSON value", offset: parser.position)
        }
    }

    /// The first member of that name.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var members: [(key: String, value: JSONValue)] {
        if case .object(let members) = self { members } else { [] }
    }

    package var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The text of a string or number.
    package var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// A finite number, also out of a string (JPL writes ".2300").
    package var double: Double? { text.flatMap { Double(fits: $0.trimmed) } }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var values = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

        func fail(_ reason: String) -> Failure { Failure(reason: reason, offset: position) }

        mutating func skipBlanks() {
            while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
        }

        mutating func value(depth: Int) throws(Failure) -> JSONValue {
            guard depth < JSONValue.maximumDepth else { throw fail("nested too deep") }
            values += 1
            guard values <= JSONValue.maximumValues else { throw fail("too many values") }
            skipBlanks()
            switch byte {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            case nil: throw fail("the text ends early")
            default: return try number()
            }
        }

        mutating func word(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
            guard bytes[position...].starts(with: word.utf8) else { throw fail("unknown word") }
            position += word.utf8.count
            return value
        }

        mutating func number() throws(Failure) -> JSONValue {
            let start = position
            while let byte, (byte >= 0x30 && byte <= 0x39) || "+-.eE".utf8.contains(byte) {
                position += 1
                guard position - start <= 80 else { throw fail("a number of over 80 characters") }
            }
            guard position > start else { throw fail("not a JSON value") }
            return .number(String(decoding: bytes[start..<position], as: UTF8.self))
        }

        mutating func array(depth: Int) throws(Failure) -> JSONValue {
            position += 1
            var elements: [JSONValue] = []
            skipBlanks()
            if byte == UInt8(ascii: "]") {
                position += 1
                return .array(elements)
            }
            while true {
                elements.append(try value(depth: depth + 1))
                skipBlanks()
                guard let next = byte else { throw fail("the text ends early") }
                position += 1
                if next == UInt8(ascii: "]") { return .array(elements) }
                guard next == UInt8(ascii: ",") else { throw fail("a comma is missing") }
            }
        }

        mutating func object(depth: Int) throws(Failure) -> JSONValue {
            position += 1
            var members: [(key: String, value: JSONValue)] = []
            skipBlanks()
            if byte == UInt8(ascii: "}") {
                position += 1
                return .object(members)
            }
            while true {
                skipBlanks()
                guard byte == UInt8(ascii: "\"") else { throw fail("a name is missing") }
                let key = try string()
                skipBlanks()
                guard byte == UInt8(ascii: ":") else { throw fail("a colon is missing") }
                position += 1
                members.append((key, try value(depth: depth + 1)))
                skipBlanks()
                guard let next = byte else { throw fail("the text ends early") }
                position += 1
                if next == UInt8(ascii: "}") { return .object(members) }
                guard next == UInt8(ascii: ",") else { throw fail("a comma is missing") }
            }
        }

        mutating func string() throws(Failure) -> String {
            position += 1
            var out: [UInt8] = []
            while let next = byte {
                position += 1
                switch next {
                case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escape = byte else { throw fail("the text ends early") }
                    position += 1
                    switch escape {
                    case UInt8(ascii: "n"): out.append(0x0A)
                    case UInt8(ascii: "t"): out.append(0x09)
                    case UInt8(ascii: "r"): out.append(0x0D)
                    case UInt8(ascii: "b"): out.append(0x08)
                    case UInt8(ascii: "f"): out.append(0x0C)
                    case UInt8(ascii: "u"): out.append(contentsOf: try unicode().utf8)
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(escape)
                    default: throw fail("unknown escape")
                    }
                default: out.append(next)
                }
            }
            throw fail("a string has no end")
        }

        mutating func unicode() throws(Failure) -> String {
            let first = try hex()
            if (0xD800..<0xDC00).contains(first), byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let second = try hex()
                guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                return Unicode.Scalar(code).map { String($0) } ?? "\u{FFFD}"
            }
            // Half of a pair alone is a byte of a path, as Python has it.
            if (0xDC80...0xDCFF).contains(first) { return String(PathText.scalar(UInt8(first - 0xDC00)) ?? "\u{FFFD}") }
            return Unicode.Scalar(first).map { String($0) } ?? "\u{FFFD}"
        }

        mutating func hex() throws(Failure) -> UInt32 {
            guard position + 4 <= bytes.count,
                let value = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
            else { throw fail("bad \\u escape") }
            position += 4
            return value
        }
    }
}
