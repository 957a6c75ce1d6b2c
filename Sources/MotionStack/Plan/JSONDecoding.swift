internal import Files

/// Reads Codable values out of JSON as `JSONEncoding` writes it; members may stand in any order, and what is not known is passed over.
struct JSONDecoding {
    /// Throws `.badData`, with what does not fit where.
    static func value<Value: Decodable>(_ type: Value.Type, of line: [UInt8]) throws(MotionStackError) -> Value {
        let parsed: JSONValue
        do throws(JSONValue.Failure) { parsed = try JSONValue(parsing: line) } catch {
            throw MotionStackError(.badData, "no JSON: \(error.reason) (byte \(error.offset))")
        }
        do { return try Value(from: ValueDecoder(value: parsed, codingPath: [])) } catch {
            throw MotionStackError(.badData, describe(error))
        }
    }

    private static func describe(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.stringValue }.joined(separator: ".")
            return path.isEmpty ? "" : "\(path): "
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?: return "\(place(context))\(key.stringValue) is missing"
        case .valueNotFound(_, let context)?, .typeMismatch(_, let context)?, .dataCorrupted(let context)?:
            return place(context) + context.debugDescription
        default: return "\(error)"
        }
    }

    private struct ValueDecoder: Swift.Decoder {
        let value: JSONValue
        let codingPath: [any CodingKey]
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func mismatch(_ type: Any.Type, _ wanted: String) -> DecodingError {
            .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "no \(wanted)"))
        }

        func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
            guard case .object = value else { throw mismatch(type, "object") }
            return KeyedDecodingContainer(Keyed<Key>(decoder: self))
        }
        func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
            guard case .array(let elements) = value else { throw mismatch([Any].self, "list") }
            return Unkeyed(decoder: self, elements: elements)
        }
        func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            func given<Given>(_ found: Given?, _ wanted: String) throws -> Value {
                guard let found = found as? Value else { throw mismatch(type, wanted) }
                return found
            }
            switch type {
            case is Bool.Type:
                if case .bool(let flag) = value { return try given(flag, "true or false") }
                throw mismatch(type, "true or false")
            case is String.Type:
                if case .string(let text) = value { return try given(text, "text") }
                throw mismatch(type, "text")
            case is Double.Type: return try given(value.text.flatMap { Double($0) }, "number")
            case is Float.Type: return try given(value.text.flatMap { Float($0) }, "number")
            case let integer as any FixedWidthInteger.Type:
                guard case .number(let digits) = value else { throw mismatch(type, "whole number") }
                return try given(Self.integer(integer, digits), "whole number")
            default: return try Value(from: self)
            }
        }

        private static func integer<Integer: FixedWidthInteger>(_ type: Integer.Type, _ digits: String) -> Any? {
            Integer(digits).map { $0 as Any }
        }
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ValueDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }
        var allKeys: [Key] { decoder.value.members.compactMap { Key(stringValue: $0.key) } }

        func contains(_ key: Key) -> Bool { decoder.value[key.stringValue] != nil }
        func decodeNil(forKey key: Key) throws -> Bool {
            if case .null = try member(key).value { true } else { false }
        }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try member(key).decode(type)
        }
        private func member(_ key: Key) throws -> ValueDecoder {
            guard let value = decoder.value[key.stringValue] else {
                throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: ""))
            }
            return ValueDecoder(value: value, codingPath: codingPath + [key])
        }
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try member(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Swift.Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Swift.Decoder { try member(key) }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: ValueDecoder
        let elements: [JSONValue]
        private(set) var currentIndex = 0
        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { elements.count }
        var isAtEnd: Bool { currentIndex >= elements.count }

        init(decoder: ValueDecoder, elements: [JSONValue]) {
            self.decoder = decoder
            self.elements = elements
        }

        private mutating func next() throws -> ValueDecoder {
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(
                    Any.self, .init(codingPath: codingPath, debugDescription: "the list ends early"))
            }
            currentIndex += 1
            return ValueDecoder(value: elements[currentIndex - 1], codingPath: codingPath)
        }
        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, case .null = elements[currentIndex] else { return false }
            currentIndex += 1
            return true
        }
        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Swift.Decoder { try next() }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: ValueDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }
        func decodeNil() -> Bool { if case .null = decoder.value { true } else { false } }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
    }
}
