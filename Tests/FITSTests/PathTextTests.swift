import Files
import Foundation
import TestSupport
import Testing

/// Paths are bytes: each has one text, and the text leads back to it.
@Suite struct PathTextTests {
    /// Bytes of every kind: ASCII, UTF-8 of all lengths, pieces of it, and UTF-8 of the scalars that stand for bytes.
    private static func anyBytes(_ generator: inout SeededGenerator) -> [UInt8] {
        let pieces: [[UInt8]] = [
            Array("night".utf8), Array("é".utf8), Array("e\u{301}".utf8), Array("星".utf8), Array("🌠".utf8), [0xE9],
            [0xFF],
            [0xC0, 0xAF], [0xE2, 0x98], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], Array("/".utf8),
            Array("\u{10FE80}".utf8), Array("\u{10FEFF}".utf8), Array("\u{10FE7F}".utf8), [0xF4, 0x8F, 0xBA],
        ]
        return (0..<Int.random(in: 0...6, using: &generator)).flatMap { _ in
            pieces.randomElement(using: &generator) ?? []
        }
    }

    @Test func everyPathHasOneText() {
        var generator = SeededGenerator(seed: 7)
        var paths: [String: [UInt8]] = [:]
        for _ in 0..<5000 {
            let bytes = Self.anyBytes(&generator)
            let text = PathText.text(bytes)
            #expect(PathText.bytes(text) == bytes)
            #expect(text.systemPath == bytes.map { CChar(bitPattern: $0) } + [0])
            #expect(PathText.text(text.systemPath) == text)
            // Strings that differ in how accents are composed alone are equal to Swift: their scalars tell them apart.
            let key = text.unicodeScalars.map { String($0.value) }.joined(separator: " ")
            #expect(paths[key, default: bytes] == bytes)
            paths[key] = bytes
        }
        #expect(paths.count > 500)
    }

    @Test func whatIsTextStaysAsItIs() {
        for text in ["", "a/b.fits", "é", "e\u{301}", "星🌠", "\u{10FE7F}\u{10FF00}", "x\u{FFFD}"] {
            #expect(Array(PathText.text(Array(text.utf8)).utf8) == Array(text.utf8))
            #expect(PathText.bytes(text) == Array(text.utf8))
        }
    }

    @Test func inTablesAndCards() {
        let path = PathText.text([0x66, 0xE9, 0xC3, 0xA9])
        #expect(PrintableText.escaped(path) == #"f\xE9\xC3\xA9"# && PrintableText.shown(path) == #"f\xE9\xC3\xA9"#)
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<2000 {
            let text = PathText.text(Self.anyBytes(&generator))
            #expect(Array(PrintableText.unescaped(PrintableText.escaped(text)).utf8) == Array(text.utf8))
        }
    }

    /// JSON is UTF-8 whatever a path holds, and reads back to it.
    @Test func inJSON() throws {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<2000 {
            let text = PathText.text(Self.anyBytes(&generator) + [0x22, 0x5C, 0x0A, 0x1B])
            var json: [UInt8] = []
            JSONText.quote(text, to: &json)
            #expect(
                String(validating: json, as: UTF8.self).map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }
                    == true)
            let back = try #require(try JSONValue(parsing: json).text)
            #expect(PathText.bytes(back) == PathText.bytes(text))
        }
    }

    /// Names in any script stay readable in messages; what could steer a terminal does not get there.
    @Test func inMessages() {
        let error = FilesError(.io, "read", path: "josé/星\u{1B}[2J" + PathText.text([0xE9]), "permission denied")
        #expect(error.description == #"cannot read josé/星\x1B[2J\xE9: permission denied"#)
    }

    /// A slash before a combining mark ends a folder's name all the same.
    @Test func folderAndName() {
        #expect(PathParts.split("a/\u{301}b.fits").folder == "a" && PathParts.name("a/\u{301}b.fits").utf8.count == 8)
        #expect(PathParts.split("x.fits").folder == "." && PathParts.split("/x.fits").folder == "/")
        #expect(PathParts.name("a/b/") == "a/b/" && PathParts.name("b") == "b" && PathParts.join("a/", "b") == "a/b")
    }
}
