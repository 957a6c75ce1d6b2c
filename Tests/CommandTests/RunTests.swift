import Foundation
import TestSupport
import Testing

/// A good run: its streams, its JSON, its chunks, its memory, its end by a signal.
@Suite struct RunTests {
    private func header(_ path: String) throws -> ReadHeader { try ReadFITS(path).primary.header }

    @Test func streamsAndNarration() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "--method", "average,median", "--memory-limit", "1"] + Night.motion
                + ["--position-time", Night.sequence(count: 12).meanTime.iso()] + Night.small.paths,
            in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.lines == ["motion_tracked_stack.fits", "motion_tracked_stack_median.fits"])
        #expect(folder.names == run.lines)
        for text in [
            "Integrating 12 images with chunked processing", "Chunk size: 10 images",
            "Memory limit: 1.0 GB (predicted peak ",
            "Processing 1/12: frame_0001.fits", "  Applied shift: dx=", "✓ Integration complete", "100 %",
            "Held at x 32.50, y 32.50; report 2025-01-18T", "\n  RA 08 ", " degrees), ICRS",
        ] {
            #expect(run.errorText.contains(text), "\(text): \(run.errorText)")
        }
        #expect(!run.errorText.contains("\u{1B}"))
        let quiet = try Command.run(["--standard", "-q"] + Night.small.paths, in: folder.path)
        #expect(quiet.status == 0 && quiet.errorOutput.isEmpty && quiet.lines == ["standard_stack.fits"])
        let bar = try Command.run(
            ["--standard", "--progress", "bar", "-o", "bar.fits"] + Night.small.paths, in: folder.path)
        #expect(bar.errorText.contains("\r\u{1B}[K[") && bar.errorText.contains("####"))
    }

    /// Nothing is told of a frame before its pixels are worked on, and of a long run not every frame.
    @Test func narrationFollowsTheWork() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["--standard", "--memory-limit", "40MB", "--threads", "1", "--progress", "lines"] + Night.long.paths,
            in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let lines = run.errorText.split(separator: "\n").map(String.init)
        let frames = lines.filter { $0.hasPrefix("Processing ") }
        #expect(frames.count == 11 && frames.last?.hasPrefix("Processing 400/400: ") == true, "\(frames)")
        #expect(frames.first?.hasPrefix("Processing 1/400: ") == true)
        // Lines of progress and lines of frames take turns: what was told of frames is never ahead of what was done.
        var percent = 0
        for line in lines {
            if let space = line.firstIndex(of: " "), let value = Int(line[..<space]),
                line.contains("% ,") || line.contains(" %, ")
            {
                percent = value
            }
            if line.hasPrefix("Processing "), let slash = line.firstIndex(of: "/"),
                let index = Int(line[..<slash].dropFirst(11))
            {
                #expect(index <= 4 * (percent + 11), "\(line) at \(percent) %")
            }
        }
    }

    @Test func jsonOfARun() throws {
        let folder = try TestFolder()
        let run = try Command.run(["2025 BC", "--json"] + Night.motion + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let json = try run.json
        #expect(
            Set(json.keys) == [
                "version", "command", "object", "mode", "status", "frames", "reference", "ephemeris", "plan", "memory",
                "io", "timing",
                "outputs", "warnings", "rejection",
            ])
        #expect(json["object"] as? String == "2025 BC" && json["mode"] as? String == "motion_tracked")
        #expect(json["status"] as? String == "complete")
        func keys(_ name: String) -> Set<String> { Set((json[name] as? [String: Any] ?? [:]).keys) }
        #expect(keys("reference") == ["path", "time_utc", "x", "y", "ra_deg", "dec_deg", "position_time_utc"])
        #expect(
            keys("ephemeris") == [
                "source", "rate_arcsec_per_min", "pa_deg", "site", "expected_error_arcsec", "expected_drift_arcsec",
                "quality", "reply",
            ])
        #expect(
            keys("plan") == [
                "chunked", "chunk_mode", "chunk_size", "total_chunks", "strips", "strip_rows", "threads", "passes",
                "alignment",
                "interpolation",
            ])
        #expect(
            keys("memory").isSuperset(of: [
                "limit_bytes", "predicted_peak_bytes", "measured_peak_bytes", "smallest_limit_bytes", "adaptations",
            ]))
        #expect(
            keys("io") == [
                "input_bytes", "bytes_read", "files_open_peak", "scratch_bytes", "scratch_read_bytes", "bytes_written",
            ])
        #expect(keys("timing") == ["total_s", "plan_s", "integrate_s"])
        let frames = try #require(json["frames"] as? [[String: Any]])
        #expect(
            Set(frames[0].keys) == [
                "path", "used", "reason", "time_utc", "exposure_s", "ra_deg", "dec_deg", "x", "y", "dx", "dy",
                "map_error_px", "trail_px",
                "noise_gain", "weight", "sigma", "scale", "zero", "valid", "rejected_low", "rejected_high",
            ])
        #expect(frames.compactMap { $0["time_utc"] as? String }.count == 12)
        #expect(
            frames.map { $0["time_utc"] as? String ?? "" } == frames.map { $0["time_utc"] as? String ?? "" }.sorted())
        let outputs = try #require(json["outputs"] as? [[String: Any]])
        #expect(
            Set(outputs[0].keys) == [
                "path", "object", "part", "method", "reference_time_utc", "x", "y", "ra_deg", "dec_deg", "exptime_s",
                "width",
                "height",
                "valid_fraction", "measurement",
            ])
        #expect(FileManager.default.fileExists(atPath: folder.file(try #require(outputs[0]["path"] as? String))))
    }

    @Test func planWritesNothing() throws {
        let folder = try TestFolder()
        let words = try ["2025 BC"] + Night.motion + Night.small.paths
        let text = try Command.run(["plan"] + words, in: folder.path)
        #expect(text.status == 0 && text.outputText.contains("smallest limit that works"), "\(text.errorText)")
        let run = try Command.run(["plan", "--json"] + words, in: folder.path)
        #expect(try run.json["command"] as? String == "plan")
        #expect((try run.json["memory"] as? [String: Any])?["measured_peak_bytes"] is NSNull)
        #expect(folder.names.isEmpty)
    }

    @Test(
        arguments: [
            (9, [], false, 1), (12, ["--chunk-size", "5"], true, 3), (4, ["--force-chunked"], true, 1),
            (12, ["--no-chunked"], false, 1), (12, ["--chunk-size", "12"], false, 1),
        ] as [(Int, [String], Bool, Int)])
    func chunks(_ count: Int, _ options: [String], _ chunked: Bool, _ chunks: Int) throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "-o", "x.fits"] + options + Night.motion + Night.small.paths.prefix(count), in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let header = try header(folder.file("x.fits"))
        #expect(header.logical("CHUNKED_PROCESSING") == chunked)
        #expect(header.integer("TOTAL_CHUNKS") == chunks)
        #expect(header.logical("MOTION_TRACKED") == true)
        #expect(header.string("TRACKED_OBJECT") == "2025 BC")
    }

    @Test func chunkingInTheSettings() throws {
        let folder = try TestFolder()
        try "[integration]\nenable_chunked = false\n".write(
            toFile: folder.file("motion-stack.toml"), atomically: true, encoding: .utf8)
        let words = try ["--standard", "--overwrite", "-o", "x.fits"] + Night.small.paths
        let off = try Command.run(words, in: folder.path)
        #expect(off.status == 0 && off.errorText.contains("motion-stack.toml"), "\(off.errorText)")
        #expect(try header(folder.file("x.fits")).logical("CHUNKED_PROCESSING") == false)
        _ = try Command.run(words + ["--force-chunked"], in: folder.path)
        #expect(try header(folder.file("x.fits")).logical("CHUNKED_PROCESSING") == true)
        _ = try Command.run(words, in: folder.path, environment: ["MOTION_STACK_ENABLE_CHUNKED": "true"])
        #expect(try header(folder.file("x.fits")).logical("CHUNKED_PROCESSING") == true)
    }

    @Test func limitTooSmall() throws {
        let folder = try TestFolder()
        let words = try ["--standard", "--json", "--threads", "1"] + Night.small.paths
        let refused = try Command.run(words + ["--memory-limit", "1MB"], in: folder.path)
        #expect(refused.status == 75, "\(refused.errorText)")
        #expect(folder.names.isEmpty)
        let json = try refused.json
        #expect(json["status"] as? String == "refused")
        let smallest = try #require((json["memory"] as? [String: Any])?["smallest_limit_bytes"] as? Int)
        let run = try Command.run(words + ["--memory-limit", "\(smallest)B"], in: folder.path)
        #expect(run.status == 0, "\(smallest): \(run.errorText)")
        #expect(run.peakResidentBytes <= smallest, "\(run.peakResidentBytes) of \(smallest)")
        let plan = try Command.run(["plan"] + words + ["--memory-limit", "1MB"], in: folder.path)
        #expect(plan.status == 75)
        #expect(try plan.json["status"] as? String == "refused")
    }

    @Test func fewDescriptors() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--standard", "--json"] + Night.long.paths, in: folder.path, openFiles: 64)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try run.json["status"] as? String == "complete")
        #expect(run.peakOpenFiles <= 64)
        #expect(try header(folder.file("standard_stack.fits")).integer("NCOMBINE") == 400)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func interrupted(_ signal: Int32, _ code: Int32) throws {
        let folder = try TestFolder()
        let frames = try TestFolder()
        var night = Night.sequence(count: 24, size: 512)
        night.stars = 0
        let truth = try night.write(to: frames.path)
        let run = try Command.run(
            ["2025 BC", "--threads", "1"] + Night.motion + truth.paths, in: folder.path,
            signal: .init(signal, .errorContains("Processing 1/")))
        #expect(run.status == code, "\(run.errorText)")
        #expect(run.errorText.contains("interrupted"))
        #expect(run.output.isEmpty)
        #expect(folder.names.isEmpty, "\(folder.names)")
    }

    @Test func headerTextIsEscaped() throws {
        let folder = try TestFolder()
        let paths = try Night.small.paths
        let name = "evil\u{1B}[31m.fits"
        try Data("SIMPLE".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        let run = try Command.run(["--standard", name] + paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(!run.errorText.contains("\u{1B}") && run.errorText.contains("evil\\x1B[31m.fits"), "\(run.errorText)")
    }
}
