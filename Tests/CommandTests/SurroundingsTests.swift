import Foundation
import TestSupport
import Testing

/// Odd places to run in.
@Suite struct SurroundingsTests {
    private func shell(_ script: String, _ folder: TestFolder) throws -> ProgramRun {
        try ProgramRun(
            "/bin/bash", ["-c", script],
            environment: ["P": Command.path, "HOME": folder.path, "XDG_CONFIG_HOME": "/nowhere"],
            folder: folder.path, limitSeconds: 60)
    }

    private func night() throws -> TestFolder {
        let folder = try TestFolder()
        for index in 0..<2 {
            try FileManager.default.copyItem(
                atPath: try Night.small.paths[index], toPath: folder.file("f\(index).fits"))
        }
        return folder
    }

    @Test func aSmallStack() throws {
        let folder = try night()
        for words in ["--standard f0.fits f1.fits", "inspect f0.fits", "--help", "plan --standard f0.fits f1.fits"] {
            let run = try shell("ulimit -s 64; \"$P\" \(words); echo $?", folder)
            #expect(run.outputText.hasSuffix("\n0\n"), "\(words): \(run.errorText)")
        }
    }

    /// The words come from the loader, not from /proc.
    @Test func withoutProc() throws {
        let folder = try night()
        let run = try shell("unshare -m bash -c 'umount -l /proc && \"$P\" inspect f0.fits; echo $?'", folder)
        guard !run.errorText.contains("unshare:"), !run.errorText.contains("umount:") else {
            print("skipped: /proc cannot be taken away here")
            return
        }
        #expect(run.outputText.contains("f0.fits") && run.outputText.hasSuffix("\n0\n"), "\(run.errorText)")
    }

    @Test func aNameThatIsTooLong() throws {
        let folder = try night()
        let name = String(repeating: "a", count: 4000) + ".fits"
        let run = try Command.run(["--standard", "f0.fits", "f1.fits", "-o", name], in: folder.path)
        #expect(run.status == 73 && run.errorText.contains("longer than the file system takes"))
        #expect(!run.errorText.contains("Processing"), "\(run.errorText)")
        #expect(folder.names == ["f0.fits", "f1.fits"])
    }

    /// A link would be replaced by a file, whatever it leads to.
    @Test func aLinkAsOutput() throws {
        let folder = try night()
        try "old".write(toFile: folder.file("old.fits"), atomically: true, encoding: .utf8)
        symlink("old.fits", folder.file("to-old.fits"))
        symlink("new.fits", folder.file("to-new.fits"))
        for (name, remedy) in [("to-old.fits", "/old.fits is where it leads"), ("to-new.fits", "leads nowhere")] {
            let run = try Command.run(["--standard", "f0.fits", "f1.fits", "--overwrite", "-o", name], in: folder.path)
            #expect(run.status == 73, "\(run.errorText)")
            #expect(run.errorText.contains("\(name): is a symbolic link") && run.errorText.contains(remedy))
        }
        #expect(folder.names == ["f0.fits", "f1.fits", "old.fits", "to-new.fits", "to-old.fits"])
        #expect(try String(contentsOfFile: folder.file("old.fits"), encoding: .utf8) == "old")
    }

    /// Who may read a product is not changed by making it again.
    @Test func aReplacedFilePassesOnModeAndOwner() throws {
        let folder = try night()
        let path = folder.file("o.fits")
        try "old".write(toFile: path, atomically: true, encoding: .utf8)
        let isRoot = geteuid() == 0
        #expect(chmod(path, 0o640) == 0)
        if isRoot { #expect(chown(path, 12, 34) == 0) }
        for words in [["f0.fits"], ["f0.fits", "f1.fits"]] {
            let run = try Command.run(["--standard", "--overwrite", "-o", "o.fits"] + words, in: folder.path)
            #expect(run.status == 0, "\(run.errorText)")
            var found = stat()
            #expect(stat(path, &found) == 0 && found.st_size > 2880)
            #expect(found.st_mode & 0o7777 == 0o640)
            #expect(found.st_uid == (isRoot ? 12 : getuid()) && (!isRoot || found.st_gid == 34))
        }
    }

    @Test func linksInACircle() throws {
        let folder = try night()
        symlink("loop", folder.file("loop"))
        symlink("loop.fits", folder.file("loop.fits"))
        for words in [
            ["--standard", "loop.fits"], ["inspect", "loop.fits"], ["--standard", "--strict", "loop.fits", "f0.fits"],
        ] {
            let run = try Command.run(words, in: folder.path)
            #expect(run.status == 66 && run.errorText.contains("loop.fits"), "\(words): \(run.errorText)")
        }
        let long = String(repeating: "a", count: 300) + ".fits"
        #expect(try Command.run(["--standard", long], in: folder.path).status == 66)
        let named = try Command.run(["plan", "loop", "--standard", "f0.fits"], in: folder.path)
        #expect(named.errorText.contains("'loop' is taken as the object's name"), "\(named.errorText)")
    }

    /// What is wrong with the scratch folder is no fault of a frame nor of the product.
    @Test func scratchFolders() throws {
        let folder = try night()
        let zip = try shell("gzip f0.fits f1.fits; mkdir closed; chmod 555 closed; chmod 777 .; touch file", folder)
        #expect(zip.status == 0)
        for (place, words) in [
            ("nowhere", "there is no such folder"), ("file", "it is no folder"), ("closed", "permission denied"),
        ] {
            let run = try Command.run(
                ["--standard", "f0.fits.gz", "f1.fits.gz", "--scratch", place, "-o", "s.fits"], in: folder.path,
                asNobody: getuid() == 0)
            #expect(
                run.status == 74
                    && run.errorText.contains(
                        "cannot use the scratch folder \(place): \(words); --scratch DIR names another"),
                "\(place): \(run.status) \(run.errorText)")
        }
        // Its disk fails in the middle.
        let run = try Command.run(
            ["--standard", "f0.fits.gz", "f1.fits.gz", "--scratch", ".", "-o", "s.fits"], in: folder.path,
            environment: ["MOTION_STACK_FAIL_CALL": "write:1"])
        #expect(
            run.status == 74 && run.errorText.contains("cannot use the scratch folder .: Input/output error"),
            "\(run.status) \(run.errorText)")
        #expect(!folder.names.contains { $0.hasSuffix(".part") || $0 == "s.fits" })
    }
}
