import Foundation
import TestSupport
import Testing

/// `inspect`: never fails on a file, and its figures are right.
@Suite struct InspectTests {
    @Test func fields() throws {
        let folder = try TestFolder()
        let path = try Night.small.paths[0]
        let run = try Command.run(["inspect", "--json", path, "missing.fits"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let entries = try run.jsonArray
        #expect(entries.count == 2)
        for entry in entries {
            #expect(
                Set(entry.keys) == [
                    "path", "usable", "reason", "format", "hdu", "hdus", "bitpix", "bzero", "bscale", "width", "height",
                    "bunit",
                    "object", "time_utc", "time_source", "time_resolution_s", "exposure_s", "wcs", "site", "statistics",
                    "warnings",
                ])
        }
        let first = entries[0]
        #expect(first["usable"] as? Bool == true && entries[1]["usable"] as? Bool == false)
        #expect(first["time_utc"] as? String == "2025-01-18T02:12:38.250")
        #expect(first["exposure_s"] as? Double == 60)
        let wcs = try #require(first["wcs"] as? [String: Any])
        #expect(
            Set(wcs.keys) == [
                "ctype", "center_ra_deg", "center_dec_deg", "scale_arcsec", "rotation_deg", "mirrored", "distortion",
                "reason",
            ])
        #expect(abs((wcs["scale_arcsec"] as? Double ?? 0) - 1) < 1e-6)
        let site = try #require(first["site"] as? [String: Any])
        #expect(abs((site["lon_deg"] as? Double ?? 0) + 111.5355) < 1e-6)
        #expect(folder.names.isEmpty)
    }

    @Test(arguments: SyntheticSequence.SampleType.allCases)
    func statistics(_ type: SyntheticSequence.SampleType) throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 1, size: 96)
        night.sampleType = type
        // int8 and uint8 hold little.
        if type == .uint8 || type == .int8 { night.sky = 40 }
        if type == .float32 || type == .float64 { night.missing = 0.01 }
        let truth = try night.write(to: folder.file("f"))
        let run = try Command.run(["inspect", "--json", truth.paths[0]], in: folder.path)
        let found = try #require(try run.jsonArray[0]["statistics"] as? [String: Any])
        let image = try #require(try ReadFITS(truth.paths[0]).primary.image())
        let values = image.values.filter { !$0.isNaN }.sorted()
        func value(_ name: String) -> Double { found[name] as? Double ?? .nan }
        #expect(found["finite"] as? Int == values.count)
        #expect(found["no_data"] as? Int == image.values.count - values.count)
        #expect(run.outputText.contains("\"minimum\": \(try #require(values.first)),"))
        // The text itself: Foundation's reader is off in the last digit of some numbers.
        #expect(run.outputText.contains("\"maximum\": \(try #require(values.last)),"))
        #expect(run.outputText.contains("\"median\": \(Self.median(values)),"))
        let mean = values.reduce(0, +) / Double(values.count)
        #expect(abs(value("mean") - mean) <= 1e-12 * abs(mean))
        let clipped = Self.clipped(values)
        #expect(run.outputText.contains("\"background\": \(Self.median(clipped)),"))
        let noise = 1.482602218505602 * Self.median(clipped.map { abs($0 - Self.median(clipped)) }.sorted())
        #expect(abs(value("noise") - noise) <= 1e-12 * noise)
    }

    private static func median(_ sorted: [Double]) -> Double {
        (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// astropy's sigma_clip with its defaults, plainly.
    private static func clipped(_ sorted: [Double]) -> [Double] {
        var kept = sorted
        for _ in 0..<5 {
            let center = median(kept)
            let mean = kept.reduce(0, +) / Double(kept.count)
            let deviation = (kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(kept.count)).squareRoot()
            let next = kept.filter { $0 >= center - 3 * deviation && $0 <= center + 3 * deviation }
            if next.count == kept.count { break }
            kept = next
        }
        return kept
    }

    @Test func exitCodes() throws {
        let folder = try TestFolder()
        try "text".write(toFile: folder.file("note.fits"), atomically: true, encoding: .utf8)
        func status(_ words: [String]) throws -> Int32 {
            let run = try Command.run(["inspect", "--json"] + words, in: folder.path)
            _ = try run.jsonArray
            return run.status
        }
        #expect(try status(["missing.fits"]) == 66)
        #expect(try status(["/usr"]) == 66)
        #expect(try status(["note.fits"]) == 65)
        #expect(try status(["note.fits", "missing.fits"]) == 65)
        #expect(try status([]) == 64)
        #expect(try status(["--nonsense"]) == 64)
        #expect(try status(["note.fits", Night.small.paths[0]]) == 0)
        let table = try Command.run(["inspect"] + Night.small.paths.prefix(3) + ["note.fits"], in: folder.path)
        #expect(table.status == 0 && table.lines.count == 5)
        #expect(table.outputText.contains("not usable: note.fits"))
    }

    @Test func kernels() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["inspect", "--kernels", "--json"], in: folder.path, environment: ["MOTION_STACK_KERNELS": "baseline"])
        #expect(try run.json["chosen"] as? String == "baseline")
        #expect(try run.json["forced"] as? Bool == true)
        #expect(try Command.run(["inspect", "--kernels"], in: folder.path).outputText.contains("(runs)"))
    }

    /// Every file of the corpus: no crash, no hang, and the figures that astropy gives.
    @Test func corpus() throws {
        guard let corpus = TestPlaces.data("fits_corpus") else { return }
        let folder = try TestFolder()
        let manifest = try Self.manifest(corpus + "/MANIFEST.md")
        var paths: [String] = []
        for part in ["real", "crafted", "headers"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: corpus + "/" + part).sorted() {
                paths.append("\(part)/\(name)")
            }
        }
        let run = try Command.run(
            ["inspect", "--json", "--hdu", "all"] + paths.map { corpus + "/" + $0 }, in: folder.path)
        #expect(run.status == 0)
        #expect(run.peakResidentBytes < 100_000_000)
        var measured = 0
        for entry in try run.jsonArray {
            let path = String(try #require(entry["path"] as? String).dropFirst(corpus.count + 1))
            if entry["usable"] as? Bool == false { #expect((entry["reason"] as? String)?.isEmpty == false, "\(path)") }
            guard let hdu = entry["hdu"] as? Int, let known = manifest["\(path)#\(hdu)"],
                let found = entry["statistics"] as? [String: Any]
            else { continue }
            measured += 1
            #expect(found["finite"] as? Int == known.finite, "\(path)")
            guard let mean = known.mean else { continue }
            let got = try #require(found["mean"] as? Double)
            // astropy gives float32 where BSCALE is real: its own rounding is in the figures.
            let tolerance = path.contains("astropy__scale") ? 1e-8 : 1e-12
            #expect(abs(got - mean) <= tolerance * abs(mean), "\(path): mean \(got), known \(mean)")
        }
        #expect(measured >= 60, "\(measured) images were measured")
    }

    private static func manifest(_ path: String) throws -> [String: (finite: Int, mean: Double?)] {
        var known: [String: (finite: Int, mean: Double?)] = [:]
        var file = ""
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("### ") { file = String(line.dropFirst(4)) }
            guard line.hasPrefix("- ["), let end = line.firstIndex(of: "]"),
                let hdu = Int(line[line.index(line.startIndex, offsetBy: 3)..<end]),
                let finite = line.range(of: "finite ")
            else { continue }
            let count = Int(line[finite.upperBound...].prefix { $0.isNumber })
            let mean = line.range(of: "mean ").flatMap { Double(line[$0.upperBound...].prefix { !";,".contains($0) }) }
            if let count { known["\(file)#\(hdu)"] = (count, mean) }
        }
        return known
    }
}
