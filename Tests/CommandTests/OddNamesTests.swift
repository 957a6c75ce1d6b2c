import Foundation
import TestSupport
import Testing

/// Names that are no UTF-8 are opened, told and written like any other, on every way by which a name comes in or goes out.
@Suite struct OddNamesTests {
    /// Three frames in raw/ and one in a folder in it, all with names in Latin-1; nil, with a line, where the system has no such names.
    private func night() throws -> TestFolder? {
        let folder = try TestFolder()
        for index in 0..<4 {
            try FileManager.default.copyItem(
                atPath: try Night.small.paths[index], toPath: folder.file("f\(index).fits"))
        }
        let run = try shell(
            #"""
            mkdir raw "$(printf 'raw/d\376')" && for i in 0 1 2; do mv f$i.fits "$(printf 'raw/fr\351_%d.fits' $i)"; done
            mv f3.fits "$(printf 'raw/d\376/last.fits')"
            """#, folder)
        guard run.status == 0 else {
            print("skipped: this file system takes UTF-8 alone")
            return nil
        }
        return folder
    }

    private func shell(_ script: String, _ folder: TestFolder) throws -> ProgramRun {
        try ProgramRun(
            "/bin/bash", ["-c", script],
            environment: [
                "P": Command.path, "HOME": folder.path, "XDG_CONFIG_HOME": "/nowhere", "MOTION_STACK_ONLINE": "false",
            ], folder: folder.path, limitSeconds: 60)
    }

    /// What each way of naming the frames writes, and how many frames that are.
    private static let ways: [(words: String, frames: Int)] = [
        ("raw/*.fits", 3), ("'raw/*.fits'", 3), ("--recursive raw", 4), ("@list", 3), ("- < list", 3),
        (#""$(printf 'raw/d\376/last.fits')" raw/*.fits"#, 4),
    ]

    @Test(arguments: ways.indices) func everyWayIn(_ way: Int) throws {
        guard let folder = try night() else { return }
        let (words, frames) = Self.ways[way]
        let run = try shell(
            """
            ls -d raw/*.fits > list
            "$P" stack --standard --json -o out.fits \(words)
            """, folder)
        #expect(run.status == 0, "\(words): \(run.errorText)")
        let text = String(decoding: run.output, as: UTF8.self)
        #expect(text.components(separatedBy: "\"used\": true").count - 1 == frames, "\(words): \(text)")
        // As Python's os.fsencode takes it.
        #expect(text.contains(#"raw/fr\udce9_0.fits""#), "\(text)")
        let fits = try ReadFITS(folder.file("out.fits"))
        let rows = try #require(fits["FRAMES"]).tableRows()
        #expect(rows.contains { $0["path"]?.string == #"raw/fr\xE9_0.fits"# })
    }

    @Test func everyWayOut() throws {
        guard let folder = try night() else { return }
        let run = try shell(
            #"""
            cd raw
            name=$(printf 'out\351.fits')
            test "$("$P" --standard *.fits -o "$name" 2> said)" = "$name" && test -f "$name" && cat said >&2
            "$P" plan --save p.json --standard fr*.fits -o x.fits > /dev/null && "$P" stack --plan p.json -o "$(printf 'again\351.fits')" > /dev/null &&
            test -f "$(printf 'again\351.fits')" && "$P" inspect fr*.fits
            """#, folder)
        #expect(run.status == 0, "\(run.errorText)")
        // People see which byte it is; a terminal gets none of it.
        #expect(run.errorText.contains(#"out\xE9.fits"#), "\(run.errorText)")
        #expect(run.outputText.contains(#"fr\xE9_0.fits"#) && !run.output.contains(0xE9), "\(run.outputText)")
    }

    /// A missing file is named as it was given.
    @Test func whatIsMissing() throws {
        let folder = try TestFolder()
        let run = try shell(#""$P" --standard "$(printf 'no\351.fits')""#, folder)
        #expect(run.status == 66 && run.errorText.contains(#"no\xE9.fits"#), "\(run.errorText)")
    }

    /// The folders that a run works in have such names too: scratch, cache, settings.
    @Test func folders() throws {
        guard let folder = try night() else { return }
        let run = try shell(
            #"""
            home=$(printf "$PWD/h\351"); mkdir -p "$home/.config/motion-stack" "$home/t"
            gzip raw/*.fits
            printf '[output]\nname = "%s/set.fits"\n' "$home" > "$home/.config/motion-stack/config.toml"
            unset XDG_CONFIG_HOME; export HOME=$home TMPDIR=$home/t
            "$P" --standard raw/*.gz > /dev/null && test -f "$home/set.fits"
            """#, folder)
        #expect(run.status == 0, "\(run.errorText)")
    }

    /// A folder that cannot be looked through is told.
    @Test func nothingIsSkippedInSilence() throws {
        let folder = try TestFolder()
        try FileManager.default.copyItem(atPath: try Night.small.paths[0], toPath: folder.file("a.fits"))
        try FileManager.default.copyItem(atPath: try Night.small.paths[1], toPath: folder.file("b.fits"))
        try FileManager.default.createDirectory(atPath: folder.file("closed"), withIntermediateDirectories: true)
        chmod(folder.file("closed"), 0)
        chmod(folder.path, 0o777)
        defer { chmod(folder.file("closed"), 0o700) }
        for words in [["stack", "--standard", "--recursive", "."], ["inspect", "--recursive", "."]] {
            let run = try Command.run(words, in: folder.path, asNobody: getuid() == 0)
            #expect(
                run.status == 0 && run.errorText.contains("./closed: its frames are not taken: Permission denied"),
                "\(words): \(run.errorText)")
        }
    }
}
