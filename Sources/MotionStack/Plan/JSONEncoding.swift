internal import Files

/// Writes Codable values as JSON: members in the order in which they are encoded, a number as the shortest text that reads back to the same
/// bits, what is not finite as "nan", "inf" or "-inf".
struct JSONEncoding {
    /// One line, without its newline.
    static func line(_ value: some Encodable) throws(MotionStackError) -> [UInt8] {
        let root = Node()
        do { try value.encode(to: NodeEncoder(node: root, codingPath: [])) } catch {
            throw MotionStackError(.io, "cannot be written as JSON: \(error)")
        }
        var text: [UInt8] = []
        root.write(to: &text)
        return text
    }

    /// A JSON value in the making.
    final class Node {
        enum Content {
            case scalar(String)
            case text(String)
            case array([Node])
            case object([(key: String, value: Node)])
        }
        var content = Content.scalar("null")

        func write(to text: inout [UInt8]) {
            switch content {
            case .scalar(let word): text += word.utf8
            case .text(let string): JSONText.quote(string, to: &text)
            case .array(let elements):
                text.append(UInt8(ascii: "["))
                for (index, element) in elements.enumerated() {
                    if index > 0 { text.append(UInt8(ascii: ",")) }
                    element.write(to: &text)
                }
                text.append(UInt8(ascii: "]"))
            case .object(let members):
                text.append(UInt8(ascii: "{"))
                for (index, member) in members.enumerated() {
                    if index > 0 { text.append(UInt8(ascii: ",")) }
                    JSONText.quote(member.key, to: &text)
                    text.append(UInt8(ascii: ":"))
                    member.value.write(to: &text)
                }
                text.append(UInt8(ascii: "}"))
            }
        }

        func append() -> Node {
            let node = Node()
            if case .array(var elements) = content {
                content = .array([])
                elements.append(node)
                content = .array(elements)
            } else {
                content = .array([node])
            }
            return node
        }

        func member(_ key: String) -> Node {
            let node = Node()
            if case .object(var members) = content {
                content = .object([])
                members.append((key, node))
                content = .object(members)
            } else {
                content = .object([(key, node)])
            }
            return node
        }

        func put(_ value: some Encodable, _ path: [any CodingKey]) throws {
            switch value {
            case let value as Bool: content = .scalar(value ? "true" : "false")
            case let value as String: content = .text(value)
            case let value as Double: content = value.isFinite ? .scalar(value.description) : .text(value.description)
            case let value as Float: content = value.isFinite ? .scalar(value.description) : .text(value.description)
            case let value as any FixedWidthInteger: content = .scalar("\(value)")
            default: try value.encode(to: NodeEncoder(node: self, codingPath: path))
            }
        }
    }

    private struct NodeEncoder: Encoder {
        let node: Node
        let codingPath: [any CodingKey]
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            if case .object = node.content {} else { node.content = .object([]) }
            return KeyedEncodingContainer(Keyed(node: node, codingPath: codingPath))
        }
        func unkeyedContainer() -> any UnkeyedEncodingContainer {
            if case .array = node.content {} else { node.content = .array([]) }
            return Unkeyed(node: node, codingPath: codingPath)
        }
        func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: node, codingPath: codingPath) }
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: Node
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { _ = node.member(key.stringValue) }
        func encode(_ value: some Encodable, forKey key: Key) throws {
            try node.member(key.stringValue).put(value, codingPath + [key])
        }
        func nestedContainer<Nested: CodingKey>(
            keyedBy keyType: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: keyType)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { NodeEncoder(node: node.member("super"), codingPath: codingPath) }
        func superEncoder(forKey key: Key) -> any Encoder {
            NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
        }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]
        var count: Int { if case .array(let elements) = node.content { elements.count } else { 0 } }

        func encodeNil() { _ = node.append() }
        func encode(_ value: some Encodable) throws { try node.append().put(value, codingPath) }
        func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
            NodeEncoder(node: node.append(), codingPath: codingPath).container(keyedBy: keyType)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            NodeEncoder(node: node.append(), codingPath: codingPath).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { NodeEncoder(node: node.append(), codingPath: codingPath) }
    }

    private struct Single: SingleValueEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]

        func encodeNil() { node.content = .scalar("null") }
        func encode(_ value: some Encodable) throws { try node.put(value, codingPath) }
    }
}
