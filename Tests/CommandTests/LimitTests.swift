import Foundation
import TestSupport
import Testing

/// Memory limits: the same words everywhere, and where a limit comes from.
@Suite struct LimitTests {
    /// What `plan` says of the limit, and what is on stderr.
    private func plan(
        _ words: [String] = [], _ variables: [String: String] = [:], in folder: TestFolder
    ) throws -> (bytes: Int?, reason: String?, run: ProgramRun) {
        let paths = try Array(Night.small.paths.prefix(3))
        let run = try Command.run(
            ["plan", "--standard", "--json"] + words + paths, in: folder.path, environment: variables)
        guard run.status == 0 else { return (nil, nil, run) }
        let memory = try run.json["memory"] as? [String: Any]
        return (memory?["limit_bytes"] as? Int, memory?["limit_reason"] as? String, run)
    }

    /// A limit in each of the places that it may stand in; the last is in all of them.
    @Test(arguments: [("1", 1_000_000_000, false), ("300MB", 300_000_000, false), ("3e8", 300_000_000, true)])
    func everyPlace(_ text: String, _ bytes: Int, _ isBare: Bool) throws {
        let folder = try TestFolder()
        func settings(_ path: String, quoted: Bool) throws {
            try "# mine\n[integration]\nmemory_limit = \(quoted ? "\"\(text)\"" : text)\n".write(
                toFile: path, atomically: true, encoding: .utf8)
        }
        func check(_ found: (bytes: Int?, reason: String?, run: ProgramRun), _ origin: String, line: Int = #line) {
            #expect(found.bytes == bytes && found.reason == origin, "line \(line): \(found.run.errorText)")
            let says = found.run.errorText.components(separatedBy: "is taken as bytes").count - 1
            #expect(says == (isBare ? 1 : 0), "line \(line): \(found.run.errorText)")
            if isBare { #expect(found.run.errorText.contains(origin), "line \(line)") }
        }
        let user = folder.file("xdg/motion-stack")
        try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
        try settings(user + "/config.toml", quoted: true)
        let variables = ["XDG_CONFIG_HOME": folder.file("xdg")]
        check(try plan([], variables, in: folder), user + "/config.toml:3")
        try settings(folder.file("motion-stack.toml"), quoted: text.hasSuffix("MB"))
        check(try plan([], variables, in: folder), "./motion-stack.toml:3")
        try settings(folder.file("c.toml"), quoted: true)
        check(try plan(["--config", "c.toml"], variables, in: folder), "c.toml:3")
        let all = variables.merging(["MOTION_STACK_MEMORY_LIMIT": text]) { $1 }
        check(try plan(["--config", "c.toml"], all, in: folder), "environment MOTION_STACK_MEMORY_LIMIT")
        check(try plan(["--config", "c.toml", "--memory-limit", text], all, in: folder), "--memory-limit")
        let preset = try plan(["--config", "c.toml", "--preset", "small"], all, in: folder)
        #expect(preset.bytes == 1_000_000_000 && preset.reason == "--preset small")
    }

    @Test func theLabelIsTold() throws {
        let folder = try TestFolder()
        let paths = try Array(Night.small.paths.prefix(3))
        let run = try Command.run(
            ["--standard"] + paths, in: folder.path, environment: ["MOTION_STACK_MEMORY_LIMIT": "300000000"])
        #expect(run.status == 0)
        #expect(
            run.errorText.contains("MOTION_STACK_MEMORY_LIMIT: 300000000 is taken as bytes"), "\(run.errorText)")
        #expect(run.errorText.contains("; environment MOTION_STACK_MEMORY_LIMIT)"), "\(run.errorText)")
        let plan = try Command.run(["plan", "--standard", "--memory-limit", "1"] + paths, in: folder.path)
        #expect(plan.outputText.contains("Memory limit: 1.0 GB (--memory-limit)"), "\(plan.outputText)")
    }

    @Test func moreThanTheMachineHas() throws {
        let folder = try TestFolder()
        let found = try plan(["--memory-limit", "4000"], in: folder)
        // Within a container its limit counts, which is below the machine's.
        if found.bytes == 4_000_000_000_000 {
            let warnings = try #require(try found.run.json["warnings"] as? [String])
            #expect(warnings.contains { $0.hasPrefix("the memory limit of 4.0 TB (--memory-limit) is more than the ") })
        } else {
            #expect(found.reason?.contains("below 4.0 TB of --memory-limit") == true, "\(found)")
        }
        let small = try plan(["--memory-limit", "200MB"], in: folder)
        #expect(try (small.run.json["warnings"] as? [String])?.contains { $0.contains("memory limit") } == false)
    }

    @Test(arguments: ["2,5GB", "-1", "0", "nan", "2GiBB", "２GB", "lots", "1e999"])
    func whatIsNone(_ text: String) throws {
        let folder = try TestFolder()
        let words = try plan(["--memory-limit", text], in: folder)
        #expect(words.run.status == 64 && words.run.errorText.contains("512MB"), "\(words.run.errorText)")
        #expect(words.run.errorText.contains("--memory-limit"), "\(words.run.errorText)")
        let variable = try plan([], ["MOTION_STACK_MEMORY_LIMIT": text], in: folder)
        #expect(variable.run.status == 78 && variable.run.errorText.contains("512MB"), "\(variable.run.errorText)")
        try "[integration]\nmemory_limit = \"\(text)\"\n".write(
            toFile: folder.file("c.toml"), atomically: true, encoding: .utf8)
        let file = try plan(["--config", "c.toml"], in: folder)
        #expect(file.run.status == 78 && file.run.errorText.contains("c.toml:2: "), "\(file.run.errorText)")
        #expect(file.run.errorText.contains("512MB"), "\(file.run.errorText)")
    }
}

/// Names of frames are inside the limit, too.
@Suite struct ListLimitTests {
    @Test func aListThatCannotFitIsCountedAndNotKept() throws {
        let folder = try TestFolder()
        let count = 120_000
        let lines = (0..<count).map {
            "/no/such/folder/with/a/long/name/frame-\($0)-\(String(repeating: "x", count: 60)).fits"
        }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: folder.file("list.txt"), atomically: true, encoding: .utf8)
        let run = try Command.run(["--standard", "@list.txt", "--memory-limit", "40MB"], in: folder.path)
        #expect(run.status == 75, "\(run.errorText)")
        #expect(
            run.errorText.contains("\(count) frames") && run.errorText.contains("a limit that works"),
            "\(run.errorText)")
        #expect(run.peakResidentBytes <= 40_000_000, "\(run.peakResidentBytes)")
        #expect(folder.names == ["list.txt"])
    }

    /// What is known of frames when they are placed and measured is inside the limit, whether they fit or not.
    @Test(arguments: [[], ["--align", "shift"]]) func thousandsOfFramesStayInTheLimit(options: [String]) throws {
        let folder = try TestFolder()
        var sequence = SyntheticSequence()
        (sequence.count, sequence.width, sequence.height, sequence.stars) = (1, 24, 16, 0)
        let frame = try Data(contentsOf: URL(fileURLWithPath: sequence.write(to: folder.file("one")).paths[0]))
        let date = try #require(frame.range(of: Data("2025-01-18T02:".utf8)))
        // The frame again and again, a minute later each time.
        for index in 0..<2000 {
            var own = frame
            var position = date.lowerBound
            while let found = own.range(of: frame[date], in: position..<own.endIndex) {
                let day = 10 + index / 1440
                let (hour, minute) = (index % 1440 / 60, index % 60)
                func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
                own.replaceSubrange(found, with: Data("2025-01-\(day)T\(digits(hour)):".utf8))
                own.replaceSubrange(found.upperBound..<found.upperBound + 2, with: Data(digits(minute).utf8))
                position = found.upperBound
            }
            try own.write(to: URL(fileURLWithPath: folder.file("f\(1000 + index).fits")))
        }
        let words = ["--standard", "--threads", "1", "-q"] + options + ["--recursive", "."]
        let first = try Command.run(words + ["--json", "--memory-limit", "32MB"], in: folder.path)
        #expect(first.status == 75, "\(first.errorText)")
        let named = try #require((try first.json["memory"] as? [String: Any])?["smallest_limit_bytes"] as? Int)
        for limit in [named, named - 5_000_000] {
            let run = try Command.run(words + ["--overwrite", "--memory-limit", "\(limit)B"], in: folder.path)
            #expect(run.status == 0 || run.status == 75 && limit < named, "\(limit): \(run.errorText)")
            #expect(run.peakResidentBytes <= limit, "\(run.peakResidentBytes) of \(limit): \(run.errorText)")
        }
    }
}

/// What lies in memory by its folder counts as memory: before it is filled.
@Suite struct MemoryFolderTests {
    /// A folder on tmpfs; nil, with a line, where the system has none.
    private func folder() throws -> TestFolder? {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8),
            mounts.contains(" /dev/shm tmpfs "), !mounts.contains(" /tmp tmpfs "), access("/dev/shm", W_OK) == 0
        else {
            print("/dev/shm is no tmpfs, or /tmp is one: the tests of folders in memory are skipped")
            return nil
        }
        return try TestFolder("motion-stack-shm", in: "/dev/shm")
    }

    private func smallest(_ run: ProgramRun) throws -> Int {
        try #require((try run.json["memory"] as? [String: Any])?["smallest_limit_bytes"] as? Int, "\(run.errorText)")
    }

    @Test func outputInMemoryIsCharged() throws {
        guard let memory = try folder() else { return }
        let home = try TestFolder()
        for index in 0..<3 {
            try ReportFrames.write(
                home.file("f\(index).fits"), ["DATE-OBS= '2024-01-07T05:0\(index):00'", "EXPTIME = 30.0"],
                seed: UInt64(index), width: 1600, height: 1600)
        }
        let words = ["plan", "--standard", "--json", "f0.fits", "f1.fits", "f2.fits", "-o"]
        let onDisk = try smallest(try Command.run(words + ["o.fits"], in: home.path))
        let inMemory = try smallest(try Command.run(words + [memory.file("o.fits")], in: home.path))
        let output = 1600 * 1600 * 4
        #expect(inMemory - onDisk > output - 2_000_000 && inMemory - onDisk < output + 3_000_000)
        let refused = try Command.run(
            [
                "--standard", "f0.fits", "f1.fits", "f2.fits", "-o", memory.file("o.fits"), "--memory-limit",
                "\(onDisk)B",
            ],
            in: home.path)
        #expect(refused.status == 75 && memory.names.isEmpty, "\(refused.errorText)")
    }

    @Test func scratchInMemoryIsRefusedBeforeItIsFilled() throws {
        guard let memory = try folder() else { return }
        let home = try TestFolder()
        var sequence = Night.sequence(count: 8, size: 1200)
        sequence.compressed = true
        let truth = try sequence.write(to: home.path)
        let run = try Command.run(
            ["--standard", "-o", "o.fits", "--scratch", memory.path, "--memory-limit", "34MB"] + truth.paths,
            in: home.path)
        #expect(
            run.status == 75 && run.errorText.contains("tmpfs") && run.errorText.contains("--scratch"),
            "\(run.errorText)")
        #expect(!home.names.contains("o.fits"))
        // Nothing was expanded: the streams say how much they hold.
        let calling = try TestFolder()
        let list = calling.file("calls.txt")
        let told = try Command.run(
            ["--standard", "-o", "o.fits", "--scratch", memory.path, "--memory-limit", "34MB"] + truth.paths,
            in: home.path, environment: ["MOTION_STACK_COUNT_CALLS": list])
        #expect(told.status == 75 && told.errorText.contains("at least 23."), "\(told.errorText)")
        let calls = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n")
        #expect(calls.count > 20 && !calls.contains { $0.hasPrefix("write ") })
        let disk = try Command.run(
            ["--standard", "-o", "o.fits", "--memory-limit", "34MB"] + truth.paths, in: home.path)
        #expect(disk.status == 0, "\(disk.errorText)")
    }
}
