import Foundation
import TestSupport
import Testing

/// Public reports: the comet and its fragments (r04, r05). Their twins are in ObjectNameTests.
@Suite struct ReportedNamesTests {
    static let beside = Reports.folder("r04-comet-beside-its-fragments")
    static let alone = Reports.folder("r05-a-fragment-in-place-of-the-comet")

    static func words(_ object: String) -> [String] {
        ["ephemeris", object, "--elements", "comets.txt", "--site", "500", "--time", "2024-03-10T05:00:00", "--json"]
    }

    @Test(
        .enabled(if: beside != nil),
        arguments: [
            ("901P", "901P/Madeup"), ("901P/Madeup", "901P/Madeup"), ("0901P", "901P/Madeup"),
            ("901P-B", "901P-B/Madeup"), ("901P-BB", "901P-BB/Madeup"),
        ]) func cometBesideItsFragments(_ pair: (String, String)) throws
    {
        let run = try Command.run(Self.words(pair.0), in: try #require(Self.beside))
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try run.json["object"] as? String == pair.1)
    }

    @Test(.enabled(if: alone != nil), arguments: ["903P", "903P/Madeup"])
    func fragmentInPlaceOfTheComet(_ name: String) throws {
        let run = try Command.run(Self.words(name), in: try #require(Self.alone))
        #expect(run.status == 64)
        #expect(run.errorText.contains("does not have it; it has 903P-B/Madeup"), "\(run.errorText)")
    }
}
