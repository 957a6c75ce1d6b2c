/// Text as a string of JSON.
package enum JSONText {
    /// Appends `text` in quotes: UTF-8, with control characters and marks that turn the direction of writing as \u escapes, so that
    /// no header can reach a terminal's controls. A byte of a path that is no UTF-8 is \udcXX, as Python has it (PEP 383): its
    /// os.fsencode makes the path of it, and `JSONValue` reads it back.
    package static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: bytes += "\\\"".utf8
            case 0x5C: bytes += "\\\\".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                bytes += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
            default:
                if let byte = PathText.byte(scalar) {
                    bytes += "\\udc\(String(byte, radix: 16))".utf8
                } else {
                    bytes += String(scalar).utf8
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
