import Foundation
import TestSupport

let usage = """
    measure-stack STACK.fits --positions CSV [options]: a moving object in a stack and in its single frames.
    measure-stack --fit-motion CSV [--mover NAME]: rate and angle fitted to positions, as options of motion-stack.
    measure-stack --place STACK.fits --positions CSV: the place that the positions have at the stack's DATE-AVG, as options.
    measure-stack --table CSV [--mover NAME]: the positions as a table for --ephemeris.

    CSV is a truth.csv of make-sequence, or has the columns mover, file, utc_mid, x0, y0 (from 0), ra_deg, dec_deg.

      --mover NAME           rows of that mover alone
      --frames FOLDER        where the frames are (as the FRAMES table says)
      --aperture PIXELS      radius of the circle for fluxes (1.5 x FWHM)
      --fit-radius PIXELS    pixels that profiles are fitted to (7)
      --fwhm PIXELS          first guess (2.5)
      --trails               star trails too: for a stack without rejection
      --row LABEL            one line of a table; --row-title for its title
    Bounds, each ends with 1 when it is passed:
      --max-offset PIXELS    of the fitted centre from the held place
      --max-width PERCENT    FWHM against the single frames' own, bilinear smoothing accounted for
      --max-star-width PERCENT   FWHM against stars' in single frames, both as pixels show them
      --max-flux PERCENT     flux against the positions' flux_adu
      --max-sky PIXELS       RA, Dec at DATE-AVG against the positions
      --max-trail PIXELS     length of star trails against the motion
      --min-signal X         signal to noise in the stack

    """

struct Wishes {
    var stack: String?
    var words: [String: String] = [:]
    func number(_ name: String) throws -> Double? {
        guard let text = words[name] else { return nil }
        guard let value = Double(text) else { throw TestSupportError("--\(name): '\(text)' is not a number") }
        return value
    }
}

func text(_ value: Double?, _ decimals: Int = 3) -> String {
    guard let value, value.isFinite else { return "-" }
    return String(format: "%.\(decimals)f", value)
}

func column(_ value: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - value.count)) + value
}

func wishes(_ arguments: [String]) throws -> Wishes {
    var result = Wishes()
    let flags: Set<String> = ["trails", "row-title", "help"]
    let valued: Set<String> = [
        "positions", "mover", "frames", "aperture", "fit-radius", "fwhm", "row", "fit-motion", "table", "place",
        "max-offset", "max-width", "max-star-width", "max-flux", "max-sky", "max-trail", "min-signal",
    ]
    var words = arguments[...]
    while let word = words.popFirst() {
        let name = String(word.dropFirst(2))
        if !word.hasPrefix("--") {
            guard result.stack == nil else { throw TestSupportError("a second stack: '\(word)'") }
            result.stack = word
        } else if flags.contains(name) {
            result.words[name] = ""
        } else if valued.contains(name), let value = words.popFirst() {
            result.words[name] = value
        } else {
            throw TestSupportError("unknown option, or one without its value: '\(word)'")
        }
    }
    return result
}

let titles = ["off px", "sky px", "flux %", "FWHM", "single", "expected", "FWHM %", "S/N one", "S/N stack"]

func measure(_ wishes: Wishes) throws -> Bool {
    if wishes.words["help"] != nil {
        print(usage)
        return true
    }
    if wishes.words["row-title"] != nil {
        print(column("", 34) + titles.map { column($0, 10) }.joined())
        return true
    }
    if let path = wishes.words["fit-motion"] ?? wishes.words["table"] {
        let rows = try MoverRows(path: path, mover: wishes.words["mover"])
        if wishes.words["table"] != nil {
            print("time,ra,dec")
            for row in rows.rows { print("\(row.middle.iso()),\(row.place.raDegrees),\(row.place.decDegrees)") }
            return true
        }
        guard let mean = rows.meanTime, let motion = rows.motion(at: mean) else {
            throw TestSupportError("\(path): no motion can be fitted")
        }
        print(
            "--rate \(motion.arcsecPerMinute) --pa \(motion.positionAngleDegrees)"
                + " --position \(motion.place.raDegrees),\(motion.place.decDegrees)")
        return true
    }
    if let stack = wishes.words["place"], let path = wishes.words["positions"] {
        let rows = try MoverRows(path: path, mover: wishes.words["mover"])
        guard let date = try ReadFITS(stack).primary.header.string("DATE-AVG"), let time = SyntheticMoment(iso: date),
            let place = rows.place(at: time)
        else { throw TestSupportError("\(stack): no DATE-AVG, or no place for it") }
        print("--position \(place.raDegrees),\(place.decDegrees) --position-time \(time.iso())")
        return true
    }
    guard let stack = wishes.stack, let positions = wishes.words["positions"] else {
        throw TestSupportError("a stack and --positions are needed; --help says how")
    }
    let m = try StackMeasurement(
        stack: stack, positions: MoverRows(path: positions, mover: wishes.words["mover"]),
        folder: wishes.words["frames"], aperture: wishes.number("aperture"),
        fitRadius: Int(try wishes.number("fit-radius") ?? 7), fwhm: try wishes.number("fwhm") ?? 2.5,
        starsPerFrame: wishes.words["row"] == nil ? 25 : 0, trails: wishes.words["trails"] != nil)
    let width = m.mover.fit?.fwhm
    let widthOff = width.flatMap { width in m.expectedWidth.map { (width / $0 - 1) * 100 } }
    let starOff = width.flatMap { width in
        m.starWidth.map { (GaussianFit.onPixels(fwhm: width) / GaussianFit.onPixels(fwhm: $0) - 1) * 100 }
    }
    let fluxOff = m.expectedFlux.map { (m.mover.flux / $0 - 1) * 100 }
    if let label = wishes.words["row"] {
        let cells = [
            text(m.offset, 4), text(m.skyOffset, 4), text(fluxOff, 2), text(width), text(m.singleWidth),
            text(m.expectedWidth), text(widthOff, 2), text(m.medianSingle, 1), text(m.mover.signalToNoise, 1),
        ]
        print(label.padding(toLength: 34, withPad: " ", startingAt: 0) + cells.map { column($0, 10) }.joined())
    } else {
        print(
            "Held at x \(text(m.held.x, 2)), y \(text(m.held.y, 2)) in \(m.frames) frames,"
                + " at \(m.reported.iso(decimals: 3)) UTC")
        print(
            "Signal to noise in one frame \(text(m.medianSingle, 1)) (median),"
                + " in the stack \(text(m.mover.signalToNoise, 1))")
        if let fit = m.mover.fit, let sky = m.sky {
            print(
                "Fitted centre x \(text(fit.pixel.x, 2)), y \(text(fit.pixel.y, 2)): \(text(m.offset)) pixels"
                    + " from the held place; FWHM \(text(fit.fwhm, 2))")
            print(
                "RA \(text(sky.raDegrees, 6)) Dec \(text(sky.decDegrees, 6)) at DATE-AVG:"
                    + " \(text(m.skyOffset)) pixels from the place known")
        } else {
            print("No profile can be fitted at the held place")
        }
        if let star = m.starWidth {
            print(
                "FWHM of stars in single frames \(text(star, 2));"
                    + " on pixels, the mover's in the stack is \(text(starOff, 1)) % wider")
        }
        if let expected = m.expectedWidth {
            print(
                "FWHM of the mover in single frames \(text(m.singleWidth, 2)),"
                    + " with bilinear smoothing \(text(expected, 2)): \(text(widthOff, 2)) % off")
        }
        if let expected = m.expectedFlux {
            print("Flux \(text(m.mover.flux, 0)), known \(text(expected, 0)): \(text(fluxOff, 2)) % off")
        }
        if wishes.words["trails"] != nil {
            print(
                "Star trails \(text(m.trail, 1)) pixels (median of \(m.trailStars)),"
                    + " expected \(text(m.trailExpected, 1))")
        }
    }
    let bounds: [(name: String, value: Double?, what: String)] = [
        ("max-offset", m.offset, "centre off the held place, pixels"), ("max-width", widthOff, "FWHM, percent"),
        ("max-star-width", starOff, "FWHM against a star's, percent"), ("max-flux", fluxOff, "flux, percent"),
        ("max-sky", m.skyOffset, "RA and Dec, pixels"),
        ("max-trail", m.trail.map { $0 - m.trailExpected }, "star trails, pixels"),
    ]
    var good = true
    for bound in bounds {
        guard let limit = try wishes.number(bound.name) else { continue }
        if let value = bound.value, abs(value) <= limit { continue }
        print("FAILED: \(bound.what): \(text(bound.value)), at most \(limit)")
        good = false
    }
    if let least = try wishes.number("min-signal"), !(m.mover.signalToNoise >= least) {
        print("FAILED: signal to noise \(text(m.mover.signalToNoise, 1)), at least \(least)")
        good = false
    }
    return good
}

do {
    exit(try measure(try wishes(Array(CommandLine.arguments.dropFirst()))) ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("measure-stack: \(error)\n".utf8))
    exit(64)
}
