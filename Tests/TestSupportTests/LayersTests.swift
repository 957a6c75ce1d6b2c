import Foundation
import TestSupport
import Testing

/// `Scripts/layers` on made-up packages: each arrow of the code is found at its line, and nothing that only looks like one.
@Suite struct LayersTests {
    private static let allowed = """
        modules:
            * -> Glibc
            Low -> Glibc
            High -> Low
        High:
            Top -> Base
        """
    private static let manifest = """
        let package = Package(
            products: [.library(name: "High", targets: ["High"])],
            targets: [
                // .target(name: "Low", dependencies: ["Old"]),
                .target(name: "Low"),
                .target(
                    name: "High",
                    dependencies: ["Low"]),
                .testTarget(name: "HighTests", dependencies: ["High"]),
            ])
        """
    private static let base = """
        internal import Low
        struct Grid { enum Cell { case full } }
        struct Cell {}
        private struct Hidden {}
        func measured(_ value: Int) -> Int { value }
        """
    /// All of what may be there: names in comments and texts, members, labels, inner and private types of the same name.
    private static let top = #"""
        import Glibc
        struct Roof {
            struct Beam {}
            /* Cellar, /* nested */ Cellar */ let grid: Grid // Cellar
            let text = "Cellar \(Grid.self) \" Cellar", long = """
                Cellar "Cellar" \(measured(3)) Cellar
                """
            var raw: String { #"Cellar \(Cellar)"# + "\#(1)" }
            let member = other.Cellar, range = 0...1
        }
        private struct Stone {}
        """#
    private static let cellar = """
        struct Cellar { struct Beam {} }
        struct Beam { let hidden: Hidden? = nil }
        struct Stone {}
        private struct Hidden {}
        """

    private struct Found {
        let status: Int32
        let text: String
    }

    private func layers(_ changed: [String: String] = [:]) throws -> Found {
        let folder = try TestFolder()
        var files = [
            "docs/architecture.md": "Text.\n\n```layers\n" + Self.allowed + "\n```\n",
            "Package.swift": Self.manifest,
            "Sources/Low/Low.swift": "internal import Glibc\npublic struct Low {}\n",
            "Sources/High/Base/Base.swift": Self.base,
            "Sources/High/Top/Roof.swift": Self.top,
            "Sources/High/Under/Cellar.swift": Self.cellar,
            "Tests/HighTests/HighTests.swift": "@testable import High\n",
        ]
        for (path, text) in changed { files[path] = text }
        for (path, text) in files {
            let url = URL(fileURLWithPath: folder.file(path))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let run = try ProgramRun(TestPlaces.package + "/Scripts/layers", [folder.path])
        return Found(status: run.status, text: run.outputText + run.errorText)
    }

    @Test func whatIsAllowedPasses() throws {
        let found = try layers()
        #expect(found.status == 0, "\(found.text)")
        #expect(found.text.contains("High -> Glibc 1, Low 1\n"))
        // Grid and measured; Cell, Hidden and Beam of the other folders are not meant.
        #expect(found.text.contains("    Top -> Base 2\n"), "\(found.text)")
        #expect(!found.text.contains("Under ->") && !found.text.contains("not allowed"))
    }

    @Test(arguments: [
        ("let cellar: Cellar? = nil", "Cellar"), ("let text = \"\\(Cellar.self)\"", "Cellar"),
        ("extension Cellar { func dug() {} }", "Cellar"), ("func built<T: Beam>(_ beam: T) {}", "Beam"),
        ("let long = \"\"\"\n    a\n    \"\"\"; let stone = Stone()", "Stone"),
    ])
    func aWrongFolderIsNamed(line: String, name: String) throws {
        let found = try layers(["Sources/High/Base/Wrong.swift": "// One.\n" + line + "\n"])
        let place = line.contains("long") ? 4 : 2
        #expect(found.status == 1)
        #expect(
            found.text.contains(
                "Sources/High/Base/Wrong.swift:\(place): \(name) (Sources/High/Under/Cellar.swift): "
                    + "Base -> Under in High is not allowed"), "\(found.text)")
    }

    @Test func aKnotIsNamed() throws {
        let found = try layers([
            "Sources/High/Base/Wrong.swift": "let cellar: Cellar? = nil\n",
            "Sources/High/Under/Wrong.swift": "let roof: Roof? = nil\n",
        ])
        #expect(found.status == 1 && found.text.contains("    in a knot: Base, Top, Under\n"), "\(found.text)")
    }

    @Test func aWrongImportIsNamed() throws {
        let found = try layers(["Sources/Low/Wrong.swift": "\npublic import struct High.Grid\n"])
        #expect(found.status == 1)
        #expect(found.text.contains("Sources/Low/Wrong.swift:2: import: Low -> High is not allowed"), "\(found.text)")
        #expect(found.text.contains("Sources/Low/Wrong.swift:2: Low -> High is imported, but Package.swift does not"))
    }

    @Test func aWrongDependencyIsNamed() throws {
        let manifest = Self.manifest.replacingOccurrences(
            of: "\n        .target(name: \"Low\"),",
            with: "\n        .target(name: \"Low\", dependencies: [\"CZLIB\"]),")
        let found = try layers(["Package.swift": manifest])
        #expect(found.status == 1)
        #expect(found.text.contains("Package.swift:5: dependency: Low -> CZLIB is not allowed"), "\(found.text)")
    }

    @Test func withoutAListNothingPasses() throws {
        let found = try layers(["docs/architecture.md": "```\n" + Self.allowed + "\n```\n"])
        #expect(found.status == 65)
    }
}
