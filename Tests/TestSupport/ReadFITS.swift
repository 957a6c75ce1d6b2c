import Foundation

/// A whole FITS file as tests look at it: every HDU's cards, raw data and, for images, pixels.
///
/// Small, strict and independent of the product's FITS module on purpose; it holds the file in memory.
public struct ReadFITS: Sendable {
    public let hdus: [ReadHDU]

    public init(_ path: String) throws {
        try self.init(bytes: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), name: path)
    }

    public init(bytes: [UInt8], name: String = "bytes") throws {
        var found: [ReadHDU] = []
        var offset = 0
        while offset + 2880 <= bytes.count {
            var cards: [String] = []
            var cursor = offset
            var ended = false
            while !ended {
                guard cursor + 80 <= bytes.count else { throw TestSupportError("\(name): header without END") }
                let line = String(decoding: bytes[cursor..<cursor + 80], as: UTF8.self)
                cursor += 80
                ended = line.hasPrefix("END     ")
                if !ended { cards.append(line) }
            }
            let start = offset + (cursor - offset + 2879) / 2880 * 2880
            let header = ReadHeader(cards: cards)
            let axes = (0..<(header.integer("NAXIS") ?? 0)).map { header.integer("NAXIS\($0 + 1)") ?? 0 }
            let elements = axes.isEmpty ? 0 : axes.reduce(1, *)
            let groups = header.integer("GCOUNT") ?? 1
            let size = abs(header.integer("BITPIX") ?? 8) / 8 * groups * ((header.integer("PCOUNT") ?? 0) + elements)
            guard start + size <= bytes.count else {
                throw TestSupportError(
                    "\(name): data of HDU \(found.count) end \(start + size - bytes.count) bytes short")
            }
            found.append(ReadHDU(header: header, axes: axes, data: Array(bytes[start..<start + size])))
            offset = start + (size + 2879) / 2880 * 2880
        }
        guard let first = found.first, first.header.logical("SIMPLE") == true else {
            throw TestSupportError("\(name) is not FITS")
        }
        hdus = found
    }

    /// The HDU of this EXTNAME.
    public subscript(name: String) -> ReadHDU? {
        hdus.first { $0.header.string("EXTNAME") == name }
    }

    public var primary: ReadHDU { hdus[0] }
}

/// Cards by keyword, as they were written.
public struct ReadHeader: Sendable {
    public let cards: [String]

    /// The value's text of the first card of a keyword (HIERARCH keywords without that word), quotes and all.
    public func text(_ keyword: String) -> String? {
        for card in cards {
            if card.hasPrefix("HIERARCH ") {
                guard let equals = card.firstIndex(of: "=") else { continue }
                let name = card[card.index(card.startIndex, offsetBy: 9)..<equals]
                if name.trimmingCharacters(in: .whitespaces) == keyword {
                    return ReadHeader.value(card[card.index(after: equals)...])
                }
            } else if card.dropFirst(8).hasPrefix("= "), card.prefix(8).trimmingCharacters(in: .whitespaces) == keyword
            {
                return ReadHeader.value(card.dropFirst(10))
            }
        }
        return nil
    }

    private static func value(_ rest: Substring) -> String {
        var text = ""
        var quoted = false
        for character in rest {
            if character == "'" { quoted.toggle() }
            if character == "/", !quoted { break }
            text.append(character)
        }
        return text.trimmingCharacters(in: .whitespaces)
    }

    /// A text value, with what its CONTINUE cards add.
    public func string(_ keyword: String) -> String? {
        guard let text = text(keyword), text.hasPrefix("'") else { return nil }
        var result = ReadHeader.unquoted(text)
        guard result.hasSuffix("&"), let place = cards.firstIndex(where: { $0.contains(text) }) else { return result }
        for card in cards[(place + 1)...] {
            guard result.hasSuffix("&"), card.hasPrefix("CONTINUE") else { break }
            result = result.dropLast() + ReadHeader.unquoted(ReadHeader.value(card.dropFirst(10)))
        }
        return result
    }

    private static func unquoted(_ text: String) -> String {
        let inner = text.dropFirst().dropLast().replacingOccurrences(of: "''", with: "'")
        return String(inner.reversed().drop { $0 == " " }.reversed())
    }

    public func integer(_ keyword: String) -> Int? { text(keyword).flatMap { Int($0) } }
    public func double(_ keyword: String) -> Double? {
        text(keyword).flatMap { Double($0.replacingOccurrences(of: "D", with: "E")) }
    }
    public func logical(_ keyword: String) -> Bool? {
        text(keyword).flatMap { $0 == "T" ? true : $0 == "F" ? false : nil }
    }
    /// All commentary of a keyword (HISTORY, COMMENT), line by line.
    public func commentary(_ keyword: String) -> [String] {
        cards.filter { $0.prefix(8).trimmingCharacters(in: .whitespaces) == keyword }
            .map { $0.dropFirst(8).trimmingCharacters(in: .whitespaces) }
    }
}

/// One header with its data.
public struct ReadHDU: Sendable {
    public let header: ReadHeader
    /// NAXIS1 first.
    public let axes: [Int]
    /// As in the file, without padding.
    public let data: [UInt8]

    /// FNV-1a of the data as in the file.
    public var fingerprint: UInt64 { Fingerprint.fnv1a(data) }
    public var sha256: String { Fingerprint.sha256(data) }

    /// Physical values of the first plane, NaN for BLANK and for what is not finite; nil without two axes.
    public func image() -> MeasuredImage? {
        guard axes.count >= 2, let bitpix = header.integer("BITPIX"), header.text("XTENSION") != "'BINTABLE'" else {
            return nil
        }
        let scale = header.double("BSCALE") ?? 1
        let zero = header.double("BZERO") ?? 0
        let blank = header.integer("BLANK")
        let count = axes[0] * axes[1]
        var values = [Double](repeating: 0, count: count)
        data.withUnsafeBytes { raw in
            var index = 0
            while index < count {
                let integer: Int64
                switch bitpix {
                case 8: integer = Int64(raw[index])
                case 16: integer = Int64(Int16(bigEndian: raw.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)))
                case 32: integer = Int64(Int32(bigEndian: raw.loadUnaligned(fromByteOffset: index * 4, as: Int32.self)))
                case 64: integer = Int64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                case -32:
                    let bits = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                    let value = Double(Float(bitPattern: bits))
                    values[index] = value.isFinite ? value * scale + zero : .nan
                    index += 1
                    continue
                default:
                    let bits = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                    let value = Double(bitPattern: bits)
                    values[index] = value.isFinite ? value * scale + zero : .nan
                    index += 1
                    continue
                }
                if let blank, integer == Int64(blank) {
                    values[index] = .nan
                } else if bitpix == 64, scale == 1, zero == 9_223_372_036_854_775_808 {
                    values[index] = Double(UInt64(bitPattern: integer ^ .min))
                } else {
                    values[index] = zero + scale * Double(integer)
                }
                index += 1
            }
        }
        return MeasuredImage(width: axes[0], height: axes[1], values: values)
    }

    /// Float samples bit for bit (BITPIX -32 only), for comparisons in units of the last place.
    public func floats() -> [Float]? {
        guard header.integer("BITPIX") == -32 else { return nil }
        return data.withUnsafeBytes { raw in
            (0..<data.count / 4).map {
                Float(bitPattern: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }
}
