internal import Glibc

/// Paths as text. To the system a path is bytes; most are UTF-8, and those that are not have to be opened, compared, shown and
/// written down like any other.
///
/// A byte b that is no part of UTF-8 stands in the text as the scalar U+10FE00 + b, which is for private use. Should the bytes of
/// a path themselves be UTF-8 of such a scalar, each of them stands for itself in the same way: so every path has one text, and
/// every text one path.
package enum PathText {
    private static let base: UInt32 = 0x10FE00
    /// First byte in UTF-8 of the scalars that stand for bytes, and of few others.
    private static let lead: UInt8 = 0xF4

    /// The text of a path's bytes.
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        if let whole = String(validating: bytes, as: UTF8.self), !holdsBytes(whole) { return whole }
        var text = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            if let scalar = String(validating: rest.prefix(length), as: UTF8.self)?.unicodeScalars.first,
                byte(scalar) == nil
            {
                text.append(scalar)
                rest = rest.dropFirst(length)
            } else if let scalar = Unicode.Scalar(base + UInt32(first)) {
                text.append(scalar)
                rest = rest.dropFirst()
            }
        }
        return String(text)
    }

    /// The same of what the system returns.
    package static func text(_ path: UnsafePointer<CChar>) -> String {
        var count = 0
        while path[count] != 0 { count += 1 }
        return text(UnsafeRawBufferPointer(start: path, count: count))
    }

    /// What a variable of the environment says: many hold paths.
    package static func variable(_ name: String) -> String? { getenv(name).map { text($0) } }

    /// The bytes of a path.
    package static func bytes(_ text: String) -> [UInt8] {
        guard holdsBytes(text) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = byte(scalar) {
                bytes.append(byte)
            } else {
                bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        return bytes
    }

    /// The byte that a scalar stands for; nil for those that are a part of the text.
    package static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        (base + 0x80...base + 0xFF).contains(scalar.value) ? UInt8(scalar.value - base) : nil
    }

    /// The scalar that stands for a byte from 0x80 on.
    package static func scalar(_ byte: UInt8) -> Unicode.Scalar? {
        byte < 0x80 ? nil : Unicode.Scalar(base + UInt32(byte))
    }

    private static func holdsBytes(_ text: String) -> Bool {
        text.utf8.contains(lead) && text.unicodeScalars.contains { byte($0) != nil }
    }
}

extension String {
    /// The path that this text is of, as the system takes it: its bytes and a zero.
    package var systemPath: [CChar] { PathText.bytes(self).map { CChar(bitPattern: $0) } + [0] }
}
