import Foundation
import TestSupport
import Testing

/// `measure`: what it prints and how it ends.
@Suite struct MeasureCommandTests {
    @Test func ofAStack() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        var sequence = Night.sequence(count: 6, size: 240)
        sequence.clearance = 14
        let truth = try sequence.write(to: frames.path)
        let made = try Command.run(
            ["X", "--ephemeris", try #require(truth.ephemerides.first), "-o", "a.fits", "--json"] + truth.paths,
            in: folder.path)
        #expect(made.status == 0 && made.errorText.contains("  Found at x "), "\(made.errorText)")
        let run = try Command.run(["measure", "a.fits", "--json"], in: folder.path)
        #expect(run.status == 0 && run.errorText.isEmpty, "\(run.errorText)")
        let json = try run.json
        #expect(
            Set(json.keys) == [
                "path", "time_utc", "found", "signal_to_noise", "x", "y", "x_error_px", "y_error_px", "ra_deg",
                "dec_deg", "expected_x", "expected_y", "offset_east_arcsec", "offset_north_arcsec", "flux",
                "flux_error", "flux_limit", "aperture_radius_px", "fwhm_px", "places",
            ])
        #expect(json["found"] as? Bool == true && json["time_utc"] as? String == "2025-01-18T02:15:20.750")
        // The run has measured it, too.
        let output = try #require((try made.json["outputs"] as? [[String: Any]])?.first)
        let atOnce = try #require(output["measurement"] as? [String: Any])
        #expect(Set(atOnce.keys) == Set(json.keys).subtracting(["path", "time_utc"]))
        for key in ["x", "y", "flux", "flux_error", "signal_to_noise", "x_error_px"] {
            #expect(atOnce[key] as? Double == json[key] as? Double && atOnce[key] is Double, "\(key)")
        }
        let (x, expected) = (json["x"] as? Double ?? 0, json["expected_x"] as? Double ?? 9)
        #expect(abs(x - expected) < 5 * (json["x_error_px"] as? Double ?? 0))
        let text = try Command.run(["measure", "a.fits"], in: folder.path)
        #expect(text.lines.count == 4 && text.lines[0].hasPrefix("Found at x ") && text.lines[3].hasPrefix("Flux "))
        let other = try Command.run(["measure", "a.fits", "--at", "124.59,25.29"], in: folder.path)
        #expect(other.status == 0, "\(other.errorText)")
        let page = try Command.run(["report", "a.fits"], in: folder.path)
        #expect(page.status == 0)
        let html = try String(contentsOfFile: folder.file("a.html"), encoding: .utf8)
        #expect(html.contains("<dt>Measured</dt><dd>Found at x "))
        for (words, status, part) in [
            (["a.fits", "--at", "12"], 64, "RA,DEC"), (["a.fits", "--at", "12,95"], 64, "95"),
            (["a.fits", "--at", "12,25"], 64, "a.fits"), (["missing.fits"], 66, "missing.fits"),
            ([truth.paths[0]], 65, "no table FRAMES"),
        ] {
            let run = try Command.run(["measure"] + words, in: folder.path)
            #expect(
                run.status == Int32(status) && run.errorText.contains(part), "\(words): \(run.status) \(run.errorText)")
        }
        let standing = try Command.run(["--standard", "-o", "s.fits"] + truth.paths, in: folder.path)
        #expect(standing.status == 0 && !standing.errorText.contains("Found at"))
        let none = try Command.run(["measure", "s.fits"], in: folder.path)
        #expect(none.status == 64 && none.errorText.contains("--at"))
    }
}
