internal import Files
internal import FITS
internal import Sky

/// Calibrates frames into the scratch file, one after the other: float32, worked out in float64 and rounded once.
///
/// (sample - overscan - bias - dark x k) / (flat / its median), k = 1 or the ratio of the exposures. What goes on behind it reads nothing else of a frame.
final class Calibrator {
    private let asked: Calibration
    private let input: StackRequest.Input
    private let files: any FileSystem
    private let scratch: Scratch
    private let cancellation: Cancellation
    private let masters: [Master]
    private let crew: CalibrationCrew
    /// How many frames each was used for, by path.
    private var uses: [String: Int] = [:]
    /// What there is to say, once each.
    private(set) var warnings: [String] = []

    /// Exposures of frame and dark that count as equal: a share of them, or seconds.
    private static let equalExposures = (share: 0.01, seconds: 0.05)
    /// Degrees that dark and frame may differ by without a word.
    private static let equalTemperatures = 2.0

    /// Why a frame cannot be calibrated.
    struct Problem: Error {
        var group: String
        var detail: String
        var remedy: String?
    }

    /// - Throws: for a master that cannot be read.
    init?(
        _ options: StackRequest, files: any FileSystem, scratch: Scratch, cancellation: Cancellation, room: Int64?
    ) throws(MotionStackError) {
        guard let asked = options.input.calibration, !asked.isEmpty else { return nil }
        self.asked = asked
        input = options.input
        self.files = files
        self.scratch = scratch
        self.cancellation = cancellation
        var masters: [Master] = []
        for (kind, paths) in [
            (Master.Kind.bias, asked.bias), (.dark, asked.dark), (.flat, asked.flat), (.badPixels, asked.badPixels),
        ] {
            for path in paths {
                do throws(FITSError) {
                    masters.append(
                        try Master(
                            kind, path, files: files, scratch: scratch, room: room, cancellation: cancellation))
                } catch {
                    let isClosed = [.missing, .notPermitted, .notRegularFile].contains(error.code)
                    throw MotionStackError(
                        error.code == .noSpace ? .doesNotFit : isClosed ? .noInput : .badData,
                        "the \(kind.rawValue) \(PrintableText.visible(path)): \(error.detail)")
                }
            }
        }
        self.masters = masters
        let threads = min(max(1, options.resources.threads ?? Processors.count), 16)
        crew = try MotionStackError.carrying { () throws(StackingError) in try CalibrationCrew(threads: threads) }
    }

    /// What is off a frame, by the letters of CALSTAT: what was off before, and what is taken off.
    static func letters(_ calibration: Calibration?, before header: Header) -> String {
        var letters = Set(header.string("CALSTAT")?.uppercased() ?? "")
        if let calibration {
            if !calibration.bias.isEmpty { letters.insert("B") }
            if !calibration.dark.isEmpty { letters.formUnion("BD") }
            if !calibration.flat.isEmpty { letters.insert("F") }
        }
        return String(letters.sorted())
    }

    /// "overscan, bias b.fits, dark d.fits".
    private(set) var recipeText = ""

    /// "bias b.fits (12 frames), dark d.fits (12), ...".
    var summary: String {
        var parts = masters.map { "\($0.kind.rawValue) \($0.name) (\(uses[$0.path] ?? 0) frames)" }
        if asked.overscan != nil { parts.insert("overscan", at: 0) }
        if asked.trim != nil { parts.insert("trimmed", at: asked.overscan == nil ? 0 : 1) }
        if let mask = asked.mask { parts.append("mask \(mask)") }
        return parts.joined(separator: ", ")
    }

    // MARK: What goes with a frame

    /// What a frame is calibrated with.
    private struct Recipe {
        var bias: Master?
        var dark: Master?
        var darkFactor = 1.0
        /// Whether the dark has its bias in it, which goes with it then.
        var darkHoldsBias = false
        var flat: Master?
        var badPixels: [Master] = []
        var mask: Master?
    }

    private func say(_ warning: String) {
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// Masters of a kind that have the frame's size (or that before it was trimmed) and binning.
    private func fitting(
        _ kind: Master.Kind, _ part: OutputGrid, _ trim: FrameTrim?, _ header: Header
    ) throws(Problem) -> [Master] {
        let all = masters.filter { $0.kind == kind }
        guard let first = all.first else { return [] }
        let binning = Master.binning(header)
        let found = all.filter { master in
            master.part(for: part, trim) != nil
                && (master.binning == nil || binning == nil || master.binning == binning)
        }
        guard found.isEmpty else { return found }
        let sizes = all.map { "\($0.width) x \($0.height)" }
        let whose = binning.map { ", binned \($0)" } ?? ""
        throw Problem(
            group: "no \(kind.rawValue) of its size",
            detail:
                "has \(part.width) x \(part.height) pixels\(whose), and the \(kind.rawValue) \(first.name) \(sizes[0])\(all.count > 1 ? ", ..." : "")",
            remedy: trim == nil ? "--trim auto or --trim [x1:x2,y1:y2] cuts frames to the size of trimmed masters" : nil
        )
    }

    private func recipe(
        _ path: String, _ header: Header, _ part: OutputGrid, _ trim: FrameTrim?
    ) throws(Problem) -> Recipe {
        let name = PathParts.name(path)
        let removed = Master.removed(header)
        func isDone(_ letter: Character, _ what: String) -> Bool {
            guard removed.contains(letter) else { return false }
            say("\(name): its card CALSTAT says that the \(what) is off already, and it is not taken off twice")
            return true
        }
        var recipe = Recipe()
        let biases = try fitting(.bias, part, trim, header)
        if let bias = biases.first, !isDone("B", "bias") { recipe.bias = bias }
        let darks = try fitting(.dark, part, trim, header)
        if !darks.isEmpty, !isDone("D", "dark") { try choose(darks, header, name, biases.first, &recipe) }
        let flats = try fitting(.flat, part, trim, header)
        if !flats.isEmpty, !isDone("F", "flat") {
            let filter = header.string("FILTER")?.trimmedBlanks
            guard let flat = flats.first(where: { $0.filter == nil || filter == nil || $0.filter == filter }) else {
                throw Problem(
                    group: "no flat of its filter",
                    detail:
                        "its FILTER is \(filter ?? ""), that of the flats \(flats.compactMap(\.filter).joined(separator: ", "))",
                    remedy: "give the flat of each filter: --flat may be repeated")
            }
            recipe.flat = flat
        }
        recipe.badPixels = try fitting(.badPixels, part, trim, header)
        if let pattern = asked.mask { recipe.mask = try mask(pattern, path, part, trim) }
        return recipe
    }

    private func choose(
        _ darks: [Master], _ header: Header, _ name: String, _ bias: Master?, _ recipe: inout Recipe
    ) throws(Problem) {
        let exposure =
            ["EXPTIME", "EXPOSURE"].lazy.compactMap { header.double($0) }.first ?? input.timeRules.exposureSeconds
        let temperature = Master.temperature(header)
        func distance(_ dark: Master) -> (Double, Double) {
            let seconds = exposure.flatMap { own in dark.exposureSeconds.map { abs($0 - own) } } ?? 0
            let degrees = temperature.flatMap { own in dark.temperature.map { abs($0 - own) } } ?? 0
            return (seconds, degrees)
        }
        let dark = darks.min { distance($0) < distance($1) } ?? darks[0]
        let (seconds, degrees) = distance(dark)
        recipe.dark = dark
        // Its card says so, or its level: that of a bias is not far from it.
        recipe.darkHoldsBias =
            dark.removed.contains("B") ? false : bias.map { abs($0.level) > 0 && dark.level > $0.level / 2 } ?? true
        if degrees > Self.equalTemperatures {
            say("\(name): its dark \(dark.name) was taken \(fixed(degrees, 1)) degrees from its temperature")
        }
        let isEqual = seconds <= max(Self.equalExposures.seconds, Self.equalExposures.share * (exposure ?? 0))
        guard asked.scalesDark, let exposure, let own = dark.exposureSeconds, own > 0 else {
            guard isEqual else {
                throw Problem(
                    group: "no dark of its exposure",
                    detail:
                        "was exposed for \(fixed(exposure ?? 0, 1)) s, and the nearest dark, \(dark.name), for \(fixed(dark.exposureSeconds ?? 0, 1)) s",
                    remedy: "--scale-dark multiplies a dark by the ratio of the exposures, or leave --dark out")
            }
            return
        }
        if recipe.darkHoldsBias, bias == nil, !isEqual {
            throw Problem(
                group: "a dark that cannot be scaled",
                detail: "its dark \(dark.name) has its bias in it (no B in CALSTAT), which must not be scaled",
                remedy: "--bias MASTER takes it off")
        }
        recipe.darkFactor = isEqual ? 1 : exposure / own
    }

    private func mask(
        _ pattern: String, _ path: String, _ part: OutputGrid, _ trim: FrameTrim?
    ) throws(Problem) -> Master {
        let file = pattern.replacing("{stem}", with: path.droppingFITSExtension)
        do throws(FITSError) {
            let mask = try Master(
                .mask, file, files: files, scratch: scratch, room: nil, cancellation: cancellation)
            guard mask.part(for: part, trim) != nil else {
                throw FITSError(
                    .badHeader, "read", path: file,
                    "has \(mask.width) x \(mask.height) pixels, the frame \(part.width) x \(part.height)")
            }
            return mask
        } catch {
            throw Problem(
                group: "no usable mask", detail: "its mask \(PrintableText.visible(file)): \(error.detail)", remedy: nil
            )
        }
    }

    // MARK: Pixels

    /// Calibrates a frame of one plane.
    ///
    /// - Parameter header: of the frame as it was read.
    /// - Returns: where it stands in the scratch file, and how many pixels it has.
    func calibrate(
        _ image: ExpandedImage, plane: Int, path: String, header: Header, trim: FrameTrim?, into scratch: Scratch
    ) throws(FITSError) -> Result<(layout: ImageLayout, place: Range<Int64>), Problem> {
        let whole = OutputGrid(x: 0, y: 0, width: image.layout.width, height: image.layout.height)
        let part = trim?.part ?? whole
        let recipe: Recipe
        let overscan: Overscan?
        do throws(Problem) {
            recipe = try self.recipe(path, header, part, trim)
            overscan = try asked.overscan.map { region throws(Problem) in
                do throws(FrameTrim.Problem) {
                    return Overscan(
                        part: try FrameTrim.part(
                            region, ["BIASSEC"], header, width: whole.width, height: whole.height, option: "--overscan")
                    )
                } catch { throw Problem(group: "no overscan", detail: error.text, remedy: nil) }
            }
        } catch { return .failure(error) }

        let decoding = RawDecoding(input, image.layout)
        var job = CalibrationCrew.Job(
            frame: ImagePart(image: image, plane: plane, part: part), decoding: decoding,
            overscan: try overscan?.levels(of: image, plane: plane, decoding: decoding))
        // Of a dark that has its bias in it, the bias goes off with the dark; scaled is what is left of it.
        let biasFactor = recipe.dark != nil && recipe.darkHoldsBias ? 1 - recipe.darkFactor : 1
        job.bias = biasFactor == 0 ? nil : recipe.bias?.part(for: part, trim).map { ($0, biasFactor) }
        job.dark = recipe.dark?.part(for: part, trim).map { ($0, recipe.darkFactor) }
        job.flat = recipe.flat?.part(for: part, trim)
        job.flatMedians = recipe.flat?.levels ?? []
        job.bad = (recipe.badPixels + (recipe.mask.map { [$0] } ?? [])).compactMap { $0.part(for: part, trim) }
        let pixels = Int64(part.width) * Int64(part.height)
        let place: Range<Int64>
        do throws(FilesError) { place = try scratch.reserve(pixels * 4, for: path) } catch { throw FITSError(error) }
        try crew.run(job, cancellation: cancellation) { (bytes, pixel) throws(FITSError) in
            do throws(FilesError) { try scratch.write(bytes, at: place.lowerBound + pixel * 4) } catch {
                throw FITSError(error)
            }
        }
        let used = [recipe.bias, recipe.dark, recipe.flat].compactMap(\.self) + recipe.badPixels
        for master in used { uses[master.path, default: 0] += 1 }
        recipeText =
            ((overscan == nil ? [] : ["overscan"])
            + (used + (recipe.mask.map { [$0] } ?? [])).map { "\($0.kind.rawValue) \($0.name)" })
            .joined(separator: ", ")
        return .success((ImageLayout(dataOffset: 0, bitpix: -32, axes: [part.width, part.height]), place))
    }
}
