import Foundation
import TestSupport

/// Text for --help, from the list of options.
func help() -> String {
    var text = """
        make-sequence FOLDER [options]: writes a made-up sequence of FITS frames and the truth about it.

        FOLDER gets the frames, truth.csv (a row a frame: file, mid-exposure in UTC, exposure, the mover's RA and Dec in
        degrees and its x and y in FITS pixels at mid-exposure, flux, sky), ephemeris.csv (time,ra,dec) and stars.csv.
        Equal options give equal files.

        """
    for group in optionGroups {
        text += "\n\(group.title)\n"
        for option in group.options {
            let name = "  --" + option.name + (option.value.isEmpty ? "" : " " + option.value)
            text += name.padding(toLength: max(name.count + 2, 28), withPad: " ", startingAt: 0) + option.help + "\n"
        }
    }
    return text
}

func request(from arguments: [String]) throws -> Request {
    var result = Request()
    var options: [String: Option] = [:]
    for group in optionGroups {
        for option in group.options { options[option.name] = option }
    }
    var noDataGiven = false
    var words = arguments[...]
    while let word = words.popFirst() {
        guard word.hasPrefix("--") else {
            guard result.folder.isEmpty else { throw TestSupportError("a second folder: '\(word)'") }
            result.folder = word
            continue
        }
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map { String($0) }
        guard let name = parts.first, let option = options[name] else {
            throw TestSupportError("unknown option '\(word)'; --help lists them")
        }
        noDataGiven = noDataGiven || name == "no-data"
        if option.value.isEmpty {
            try option.apply(&result, "")
        } else if let value = parts.count > 1 ? parts[1] : words.popFirst() {
            do {
                try option.apply(&result, value)
            } catch {
                throw TestSupportError("--\(name): \(error)")
            }
        } else {
            throw TestSupportError("--\(name) needs \(option.value)")
        }
    }
    if result.folder.isEmpty { throw TestSupportError("no folder given; --help says how") }
    complete(&result, noDataGiven: noDataGiven)
    if let track = result.track { try follow(track, &result) }
    return result
}

private func complete(_ request: inout Request, noDataGiven: Bool) {
    request.sequence.spread =
        request.psf == "moffat" ? .moffat(fwhm: request.fwhm, beta: request.beta) : .gaussian(fwhm: request.fwhm)
    if !noDataGiven {
        let floating = [.float32, .float64].contains(request.sequence.sampleType)
        request.sequence.noData = floating ? .nan : .blank
    }
    if request.hasMover, request.track == nil {
        request.sequence.movers = [
            SyntheticSequence.Mover(
                flux: request.moverFlux, rateArcsecPerMinute: request.rate, positionAngleDegrees: request.angle,
                pixelOffset: request.moverOffset, place: request.moverPlace)
        ]
    }
    if let offset = request.comparison {
        let base = request.sequence.baseProjection
        request.sequence.fixedStars.append(
            SyntheticSequence.FixedStar(place: base.place(at: base.referencePixel + offset), flux: request.moverFlux))
    }
}

private func follow(_ path: String, _ request: inout Request) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var rows: [(time: SyntheticMoment, place: SyntheticPlace)] = []
    for line in text.split(whereSeparator: \.isNewline) {
        let words = line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard words.count >= 3, let time = SyntheticMoment(iso: words[0]), let ra = Double(words[1]),
            let dec = Double(words[2])
        else { continue }
        rows.append((time, SyntheticPlace(raDegrees: ra, decDegrees: dec)))
    }
    guard rows.count >= 2 else { throw TestSupportError("\(path) has fewer than two rows of time,ra,dec") }
    request.sequence.movers = [SyntheticSequence.Mover(flux: request.moverFlux, table: rows)]
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
    print(help())
    exit(0)
}
let asked: Request
do {
    asked = try request(from: arguments)
} catch {
    FileHandle.standardError.write(Data("make-sequence: \(error)\n".utf8))
    exit(64)
}
do {
    let truth = try asked.sequence.write(to: asked.folder, threads: asked.threads)
    if !asked.quiet {
        let s = asked.sequence
        print("\(truth.rows.count) frames of \(s.width) x \(s.height), \(s.sampleType.rawValue), in \(asked.folder)")
        print("mean time \(s.meanTime.iso())  weighted by exposure \(s.exposureWeightedMeanTime.iso())")
        if let mover = s.movers.first {
            let place = s.track(of: mover).place(at: s.meanTime)
            print("mover \(mover.flux) ADU, at the mean time at RA \(place.raDegrees) Dec \(place.decDegrees)")
            if case .greatCircle(let rate, let angle) = mover.path {
                print("--rate \(rate) --pa \(angle) --position \(place.raDegrees),\(place.decDegrees)")
            }
        }
    }
} catch {
    FileHandle.standardError.write(Data("make-sequence: \(error)\n".utf8))
    exit(74)
}
