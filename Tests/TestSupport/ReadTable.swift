import Foundation

/// One column's value in a row of a binary table.
public enum ReadCell: Sendable, Equatable {
    case integers([Int64]), reals([Double]), text(String), logicals([Bool?])

    public var double: Double? {
        switch self {
        case .integers(let values): return values.first.map { Double($0) }
        case .reals(let values): return values.first
        default: return nil
        }
    }
    public var integer: Int? {
        if case .integers(let values) = self { return values.first.map { Int($0) } }
        return nil
    }
    public var string: String? {
        if case .text(let value) = self { return value }
        return nil
    }
    public var logical: Bool? {
        if case .logicals(let values) = self { return values.first ?? nil }
        return nil
    }
}

extension ReadHDU {
    /// Rows of a binary table, by column name (TTYPEn); variable-length columns come from the heap.
    public func tableRows() throws -> [[String: ReadCell]] {
        guard header.string("XTENSION") == "BINTABLE", axes.count == 2 else {
            throw TestSupportError("not a binary table")
        }
        let heap = header.integer("THEAP") ?? axes[0] * axes[1]
        var rows: [[String: ReadCell]] = []
        for row in 0..<axes[1] {
            var cells: [String: ReadCell] = [:]
            var offset = row * axes[0]
            for field in 1...max(1, header.integer("TFIELDS") ?? 1) {
                guard let form = header.string("TFORM\(field)") else { throw TestSupportError("no TFORM\(field)") }
                let name = header.string("TTYPE\(field)") ?? "\(field)"
                let digits = form.prefix { $0.isNumber }
                let count = Int(digits) ?? 1
                let letters = Array(form.dropFirst(digits.count))
                guard let kind = letters.first else { throw TestSupportError("TFORM\(field) = \(form)") }
                if kind == "P" || kind == "Q", letters.count > 1 {
                    let wide = kind == "Q"
                    let number = integer(at: offset, size: wide ? 8 : 4)
                    let start = integer(at: offset + (wide ? 8 : 4), size: wide ? 8 : 4)
                    cells[name] = try cell(letters[1], Int(number), at: heap + Int(start))
                    offset += wide ? 16 : 8
                } else {
                    cells[name] = try cell(kind, count, at: offset)
                    offset += try ReadHDU.size(kind) * count
                }
            }
            rows.append(cells)
        }
        return rows
    }

    private static func size(_ kind: Character) throws -> Int {
        switch kind {
        case "L", "A", "B": return 1
        case "I": return 2
        case "J", "E": return 4
        case "K", "D": return 8
        default: throw TestSupportError("column type \(kind) is not read here")
        }
    }

    private func integer(at offset: Int, size: Int) -> Int64 {
        var bits: UInt64 = 0
        for byte in data[offset..<offset + size] { bits = bits << 8 | UInt64(byte) }
        let shift = UInt64(64 - 8 * size)
        return Int64(bitPattern: bits << shift) >> Int64(shift)
    }

    private func cell(_ kind: Character, _ count: Int, at offset: Int) throws -> ReadCell {
        let size = try ReadHDU.size(kind)
        guard offset >= 0, count >= 0, offset + size * count <= data.count else {
            throw TestSupportError("a column points outside the table")
        }
        let places = (0..<count).map { offset + $0 * size }
        switch kind {
        case "A":
            let bytes = data[offset..<offset + count].prefix { $0 != 0 }
            return .text(String(String(decoding: bytes, as: UTF8.self).reversed().drop { $0 == " " }.reversed()))
        case "L":
            return .logicals(places.map { data[$0] == UInt8(ascii: "T") ? true : data[$0] == 0 ? nil : false })
        case "B": return .integers(places.map { Int64(data[$0]) })
        case "E":
            return .reals(
                places.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer(at: $0, size: 4)))) })
        case "D": return .reals(places.map { Double(bitPattern: UInt64(bitPattern: integer(at: $0, size: 8))) })
        default: return .integers(places.map { integer(at: $0, size: size) })
        }
    }
}
