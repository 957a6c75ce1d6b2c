internal import Files
internal import FITS
internal import Glibc
internal import Sky

/// What is known of all inputs before any pixel is read: each header once.
struct Survey: Sendable {
    var frames: [Frame]
    var leftOut: [LeftOut]
    var warnings: [String]

    /// World-coordinate cards above this size are read again from the file.
    static let keptWCSBytes = 3000
}

/// Reads the headers of the inputs, one after the other, and judges each frame by itself; what needs the others is judged in `FrameSelection`.
struct Surveyor {
    let options: IntegrationOptions
    let files: any FileSystem
    let scratch: Scratch
    let cancellation: Cancellation
    /// Bytes of memory that are left, for what it takes at once to expand a frame; nil: a gigabyte.
    let room: @Sendable () -> Int64?
    /// What takes bias, dark and flat off; nil: frames are taken as they are.
    var calibrator: Calibrator?
    /// Whether any target moves. Darks, flats and biases among themselves are not asked when they were exposed.
    var needsTime: Bool {
        !options.targets.motion.isStandard
            || options.targets.also.contains {
                if case .object(_, let motion) = $0 { !motion.isStandard } else { false }
            }
    }

    /// The cards that are compared between frames, or asked for by name.
    private let comparedCards: [String]

    init(
        options: IntegrationOptions, files: any FileSystem, scratch: Scratch, cancellation: Cancellation,
        room: @escaping @Sendable () -> Int64?
    ) {
        self.options = options
        self.room = room
        self.files = files
        self.scratch = scratch
        self.cancellation = cancellation
        var cards: [String] = []
        for card in options.input.consistency.map(\.card) + ["BAYERPAT", "ROWORDER", "BUNIT", "SATURATE", "DATAMAX"]
        where !cards.contains(card) { cards.append(card) }
        comparedCards = cards
    }

    static let calibrationKinds: Set<String> = ["DARK", "FLAT", "BIAS"]

    var needsPlateSolution: Bool {
        !options.targets.motion.isStandard || [.shift, .wcs].contains(options.placement.alignment)
    }

    /// `leftOut` are frames, by place in what is given, that an earlier attempt at the run could not use.
    /// Throws `.doesNotFit` as soon as it can be told that what is known of so many frames takes more than `room` has.
    func survey(
        _ paths: [String], but leftOut: [Int: LeftOut.Reason] = [:], room: SurveyRoom, progress: (Int, Int) -> Void
    ) throws(MotionStackError) -> Survey {
        var survey = Survey(frames: [], leftOut: [], warnings: [])
        survey.frames.reserveCapacity(paths.count)
        var shared = SharedTexts()
        var room = room
        for (index, path) in paths.enumerated() {
            try cancellation.check()
            try room.check(done: index)
            switch read(path, index, &shared) {
            case .success(let frame):
                if let reason = leftOut[index] {
                    survey.leftOut.append(LeftOut(path: path, givenIndex: index, reason: reason, frame: frame))
                } else {
                    survey.frames.append(frame)
                }
            case .failure(let problem):
                if let fatal = problem.fatal { throw fatal }
                if var problem = problem.leftOut {
                    problem.reason = leftOut[index] ?? problem.reason
                    survey.leftOut.append(problem)
                }
            }
            progress(index + 1, paths.count)
        }
        try room.checkRest()
        return survey
    }

    struct Problem: Error {
        var leftOut: LeftOut?
        /// What ends the run.
        var fatal: MotionStackError?
    }

    /// One frame by itself.
    func read(_ path: String, _ index: Int) -> Result<Frame, Problem> {
        var shared = SharedTexts()
        return read(path, index, &shared)
    }

    private func read(_ path: String, _ index: Int, _ shared: inout SharedTexts) -> Result<Frame, Problem> {
        func out(
            _ kind: LeftOut.Reason.Kind, _ group: String, _ detail: String? = nil, header: Header? = nil
        ) -> Result<Frame, Problem> {
            var leftOut = LeftOut(path: path, givenIndex: index, reason: .init(kind, group, detail))
            if let header {
                leftOut.time = try? FrameTimes.read(HeaderAdapter(header: header), rules: options.input.timeRules).get()
                leftOut.kind = Self.kind(header)
            }
            return .failure(Problem(leftOut: leftOut))
        }
        do throws(FITSError) {
            let input = try InputFile.open(path, options: options, files: files, scratch: scratch)
            let file = input.file
            let hdu: HDU
            do throws(FITSError) { hdu = try file.select(options.input.hdu, takesTiles: true) } catch {
                let broken = file.hdus.first { $0.problem != nil }
                return out(
                    .unreadable, error.code == .missing ? "no such HDU" : Self.group(error), error.detail,
                    header: broken.map { file.header(inheriting: $0) })
            }
            guard let layout = hdu.layout else {
                return out(.unreadable, "no image", "HDU \(hdu.index) is no image")
            }
            var header = file.header(inheriting: hdu)
            if !options.input.allowsStacks, let stack = Self.stackMark(header) {
                return out(.stack, "already a stack", "already a stack (\(stack)); --allow-stacks takes it")
            }
            guard layout.width > 0, layout.height > 0 else {
                return out(.unreadable, "no pixels", header: header)
            }
            guard layout.width <= 1 << 30, layout.height <= 1 << 30, layout.width <= (1 << 40) / layout.height else {
                return out(
                    .unreadable, "too large",
                    "has \(layout.width) x \(layout.height) pixels, more than are stacked here", header: header)
            }
            var plane = 0
            switch options.input.plane {
            case .index(let asked)?:
                guard asked >= 1, asked <= layout.planes else {
                    return out(
                        .unreadable, "no such plane", "has \(layout.planes) planes, not \(asked)", header: header)
                }
                plane = asked - 1
            case nil where layout.planes > 1:
                return out(
                    .unreadable, "several planes (--plane N or --plane mean)",
                    "is a cube of \(layout.planes) planes; --plane N takes one of them, --plane mean their mean",
                    header: header)
            default: break
            }
            let image = try ExpandedImage(
                hdu, of: file, scratch: scratch, room: room(), cancellation: cancellation)
            var pixels = image.layout
            var expanded = image.scratch
            let trim: FrameTrim?
            do throws(FrameTrim.Problem) {
                trim = try FrameTrim(
                    header, width: layout.width, height: layout.height, options.input.calibration)
            } catch { return out(.unreadable, "cannot be trimmed", error.text, header: header) }
            if let calibrator {
                guard options.input.plane != .mean || layout.planes == 1 else {
                    return out(
                        .unreadable, "a cube that is to be calibrated",
                        "is a cube: --plane N takes one of its planes to be calibrated, not their mean", header: header)
                }
                switch try calibrator.calibrate(
                    image, plane: plane, path: path, header: header, trim: trim, into: scratch)
                {
                case .failure(let problem):
                    var failure = LeftOut(
                        path: path, givenIndex: index,
                        reason: .init(.unreadable, problem.group, problem.detail, remedy: problem.remedy))
                    failure.time = try? FrameTimes.read(
                        HeaderAdapter(header: header), rules: options.input.timeRules
                    ).get()
                    failure.kind = Self.kind(header)
                    return .failure(Problem(leftOut: failure))
                case .success(let made): (pixels, expanded, plane) = (made.layout, made.place, 0)
                }
                if let trim { header = header.trimmed(to: trim.part) }
            }
            if options.input.plane == .mean, layout.planes > 1, calibrator == nil {
                expanded = try PlaneMean(file: image.file, layout: image.layout).write(
                    to: scratch, cancellation: cancellation)
                pixels = ImageLayout(dataOffset: 0, bitpix: -32, axes: [layout.width, layout.height])
            }
            // Offsets count from where an expanded stream stands.
            let base = input.scratch ?? expanded
            if let base, let expanded { pixels.dataOffset += expanded.lowerBound - base.lowerBound }
            let raster = Raster(
                pixels, plane: plane, path: path, identity: input.identity, scratch: base,
                holdsHeaders: base == input.scratch)
            return .success(
                try frame(index, input: input, hdu: hdu, raster: raster, header: header, trim: trim, &shared))
        } catch {
            // Trouble with the scratch file is no fault of the frame.
            if error.path == scratch.folder || error.code == .noSpace || [EMFILE, ENFILE].contains(error.errno) {
                return .failure(.init(leftOut: nil, fatal: Integration.carried(error)))
            }
            let isClosed = [.missing, .notPermitted, .notRegularFile].contains(error.code)
            let kind: LeftOut.Reason.Kind = isClosed ? .missing : .unreadable
            return out(kind, Self.group(error), error.detail)
        }
    }

    private func frame(
        _ index: Int, input: InputFile, hdu: HDU, raster: Raster, header: Header, trim: FrameTrim?,
        _ shared: inout SharedTexts
    ) throws(FITSError) -> Frame {
        let path = raster.path
        let values = HeaderAdapter(header: header)
        var warnings = input.file.warnings
        var time: FrameTime?
        var timeProblem: String?
        let kind = Self.kind(header)
        switch FrameTimes.read(values, rules: options.input.timeRules) {
        case .success(let found):
            time = found
            if needsTime || !Self.calibrationKinds.contains(kind ?? "") { warnings += found.warnings }
        case .failure(let error): timeProblem = error.detail
        }

        var facts: WCSFacts?
        var cards: PlateText?
        var wcsProblem: String?
        var wcsPath: String?
        do throws(PlateProblem) {
            let found = try Self.worldCoordinates(
                path: path, image: input.file.imagesBefore(hdu), values: values, width: raster.width,
                height: raster.height, trim: trim, options: options, files: files)
            wcsPath = found.path
            let coordinates = found.coordinates
            let middle = PixelPoint(x: Double(raster.width - 1) / 2, y: Double(raster.height - 1) / 2)
            if let center = coordinates.sky(at: middle) {
                facts = WCSFacts(
                    center: center, scaleArcsec: coordinates.scaleArcsec, rotationDegrees: coordinates.rotationDegrees,
                    mirrored: coordinates.mirrored)
                let text = coordinates.compactCards
                cards = text.count <= Survey.keptWCSBytes ? shared.plate(text) : nil
                if needsPlateSolution { warnings += coordinates.warnings }
            } else {
                wcsProblem = "not a plate solution: the centre of the frame is nowhere on the sky"
            }
        } catch {
            wcsProblem = error.detail
        }

        let compared = comparedCards.map { keyword in header[keyword].flatMap { CardFact($0) } }
        if let source = time?.source { time?.source = shared.text(source) }
        func number(_ choice: Normalisation?) -> Double? {
            choice?.card.flatMap { header.double($0) }
        }
        let observer = ObserverSite.read(values, options)
        warnings += observer.warnings
        return Frame(
            FrameRecord(
                givenIndex: index, hdu: hdu.index, raster: raster, headerChecksum: hdu.header.checksum, time: time,
                wcsCards: cards, detector: Detector(header).map { shared.detector($0) }),
            kind: kind,
            object: header.string("OBJECT").map { shared.text($0.trimmedBlanks) },
            cards: shared.cards(comparedCards, compared), wcs: facts,
            site: observer.site.map { shared.site($0) },
            rare: .init(
                timeProblem: timeProblem, wcsProblem: wcsProblem.map { shared.text($0) }, wcsPath: wcsPath,
                scaleCard: number(options.levels.scale),
                weightCard: options.levels.weighting.card.flatMap { header.double($0) },
                zeroCard: number(options.levels.zero)),
            warnings: warnings.map { shared.text($0) })
    }

    /// Why a frame has no plate solution: what its own cards lack, then what is wrong with a file that is there for it.
    struct PlateProblem: Error {
        var detail: String
        /// What is wrong with the file beside the frame, where there is one.
        var beside: String?
    }

    /// The frame's own cards, else those of a file beside it or in the folder that was named (`PlateSolutionFile`).
    /// `image` is how many images stand before the frame's in its file.
    static func worldCoordinates(
        path: String, image: Int, values: HeaderAdapter, width: Int, height: Int, trim: FrameTrim? = nil,
        options: IntegrationOptions, files: any FileSystem
    ) throws(PlateProblem) -> (coordinates: WorldCoordinates, path: String?) {
        do throws(SkyError) {
            return (
                try WorldCoordinates(
                    values, width: width, height: height, lenient: options.input.lenientWCS), nil
            )
        } catch {
            var beside: String?
            for candidate in PlateSolutionFile.candidates(for: path, folder: options.input.wcsFolder) {
                do throws(PlateSolutionFile.Problem) {
                    let found = try PlateSolutionFile(path: candidate, image: image).coordinates(
                        width: width, height: height, trim: trim, lenient: options.input.lenientWCS, files: files)
                    if let found { return (found, candidate) }
                } catch { beside = beside ?? error.text }
            }
            throw PlateProblem(detail: error.detail + (beside.map { "; \($0)" } ?? ""), beside: beside)
        }
    }

    /// What says that a file is a stack already: ours, or another program's.
    static func stackMark(_ header: Header) -> String? {
        if let creator = header.string("CREATOR"), creator.hasPrefix("MotionStack") { return "CREATOR = \(creator)" }
        for keyword in ["STACKCNT", "NCOMBINE"] {
            if let count = header.double(keyword), count > 1 { return "\(keyword) = \(fixed(count, 0))" }
        }
        return nil
    }

    /// What kind of frame the header says: LIGHT, DARK, FLAT, BIAS or its own word; nil when it does not say.
    static func kind(_ header: Header) -> String? {
        for keyword in ["IMAGETYP", "FRAME", "OBSTYPE"] {
            guard let text = header.string(keyword)?.trimmedBlanks.uppercased(), !text.isEmpty else { continue }
            if text.contains("DARK") { return "DARK" }
            if text.contains("FLAT") { return "FLAT" }
            if text.contains("BIAS") || text.contains("ZERO") { return "BIAS" }
            if text.contains("LIGHT") || text.contains("OBJECT") || text.contains("SCIENCE") { return "LIGHT" }
            return text
        }
        return nil
    }

    private static func group(_ error: FITSError) -> String {
        switch error.code {
        case .missing: "does not exist"
        case .notPermitted: "no permission to read"
        case .notRegularFile: "not a regular file"
        case .notFITS: "not a FITS file"
        case .truncated: "truncated"
        case .badHeader: "bad header"
        case .unsupported: "not supported"
        case .corrupt: "corrupt"
        default: "unreadable"
        }
    }
}

extension String {
    /// Without blanks at either end.
    var trimmedBlanks: String {
        var view = self[...]
        while view.first == " " { view.removeFirst() }
        while view.last == " " { view.removeLast() }
        return String(view)
    }

    func withoutPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }

    /// Without .gz or .fz, and one of .fits .fit .fts.
    var droppingFITSExtension: String {
        var text = self
        for suffix in [".gz", ".fz", ".fits", ".fit", ".fts"] where text.lowercased().hasSuffix(suffix) {
            text.removeLast(suffix.count)
        }
        return text
    }
}
