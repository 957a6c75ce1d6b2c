internal import Files
internal import FITS
internal import Sky

/// What is refused before work starts.
extension Planner {
    func checkOptions(_ paths: [String]) throws(MotionStackError) {
        guard !paths.isEmpty else { throw MotionStackError(.usage, "no input files") }
        if options.alignment == .wcs {
            throw MotionStackError(
                .usage,
                "--align wcs is not available yet; --align shift holds the object, and reports what it departs from the full mapping"
            )
        }
        if options.alignment == .none, !options.motion.isStandard {
            throw MotionStackError(
                .usage, "--align none holds nothing still; leave it out, or stack with --standard")
        }
        if options.methods.isEmpty { throw MotionStackError(.usage, "no method") }
        if Set(options.methods).count != options.methods.count {
            throw MotionStackError(.usage, "a method is named twice: two products would have the same name")
        }
        try checkTargets()
        if let problem = rejection.problem { throw MotionStackError(.usage, problem) }
        if let low = options.lowThreshold, let high = options.highThreshold, low > high {
            throw MotionStackError(.usage, "--low-threshold \(low) is above --high-threshold \(high)")
        }
        if options.scale == .mesh { throw MotionStackError(.usage, "--scale mesh has no meaning; --zero mesh does") }
        if options.zero == .mesh, options.statisticsSection != nil {
            throw MotionStackError(
                .usage, "--zero mesh is measured all over the frame; leave --statistics-section out")
        }
        if case .inverseMedian? = options.zero { throw MotionStackError(.usage, "--zero: 1/median is a scale") }
        if case .exposure? = options.zero {
            throw MotionStackError(.usage, "--zero exposure has no meaning; --scale exposure does")
        }
    }

    /// Further targets, parts and the refinement.
    private func checkTargets() throws(MotionStackError) {
        if let parts = options.parts, parts.count < 2 {
            throw MotionStackError(.usage, "parts: at least 2, not \(parts.count)")
        }
        var slugs: Set<String> = []
        for target in options.also {
            switch target {
            case .stars where options.motion.isStandard:
                throw MotionStackError(
                    .usage, "--also stars: the stack itself holds the stars; leave it out, or --standard")
            case .object(let name, let motion) where motion.isStandard:
                throw MotionStackError(.usage, "--also \(name): nothing says how it moves")
            default: break
            }
            guard slugs.insert(ProductPath.slug(target.name)).inserted else {
                throw MotionStackError(.usage, "--also \(target.name): two products would have the same name")
            }
        }
        guard let percent = options.refineRatePercent else { return }
        guard percent > 0, percent <= 50 else {
            throw MotionStackError(.usage, "--refine-rate: more than 0 and at most 50 percent, not \(percent)")
        }
        switch options.motion {
        case .standard:
            throw MotionStackError(.usage, "--refine-rate: an ordinary stack has no motion to refine")
        case .rate(_, _, .unknown):
            throw MotionStackError(
                .usage,
                "--refine-rate needs the object's place: give --position RA,DEC or --position-pixel X,Y")
        default: break
        }
    }

    func checkNotEmpty(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        guard selection.frames.isEmpty else { return }
        let missing = selection.leftOut.allSatisfy { $0.reason.kind == .missing }
        throw MotionStackError(
            missing ? .noInput : .badData, "no frame can be used: \(LeftOutSummary(selection.leftOut).text)")
    }

    func checkStrict(_ selection: FrameSelection) throws(MotionStackError) {
        guard options.strict, let first = selection.leftOut.min(by: { $0.givenIndex < $1.givenIndex }) else { return }
        let missing = selection.leftOut.contains { $0.reason.kind == .missing }
        throw MotionStackError(
            missing ? .noInput : .badData,
            "\(first.path): \(first.reason.detail); with --strict nothing is stacked when a frame must be left out (\(selection.leftOut.count) of them: \(LeftOutSummary(selection.leftOut).text))"
        )
    }

    /// Of a further target: against the frames that it could have had.
    func checkShare(_ selection: FrameSelection, of all: FrameSelection) throws(MotionStackError) {
        let share = Double(selection.frames.count) / Double(max(1, all.frames.count)) * 100
        guard share < options.minimumUsedPercent else { return }
        throw MotionStackError(
            .badData,
            "only \(selection.frames.count) of \(all.frames.count) frames can be used, fewer than --min-used \(fixed(options.minimumUsedPercent, 0)) %: \(LeftOutSummary(selection.leftOut).text)"
        )
    }

    func checkShare(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        // The same file given twice and our own products are no lost frames.
        let judged = given - selection.leftOut.count { [.duplicate, .stack, .output].contains($0.reason.kind) }
        let share = Double(selection.frames.count) / Double(max(1, judged)) * 100
        guard share < options.minimumUsedPercent else { return }
        throw MotionStackError(
            .badData,
            "only \(selection.frames.count) of \(judged) frames can be used, fewer than --min-used \(fixed(options.minimumUsedPercent, 0)) %: \(LeftOutSummary(selection.leftOut).text)"
        )
    }

    func checkColourFilter(_ placement: Placement) throws(MotionStackError) {
        guard !options.ignoresColourFilter else { return }
        for placed in placement.frames {
            guard let pattern = placed.frame.cards["BAYERPAT"]?.text, !pattern.isEmpty,
                placed.map.blendsColours
            else { continue }
            throw MotionStackError(
                .badData,
                "\(placed.frame.path): has a colour filter (BAYERPAT \(pattern)); shifting blends its colours. Debayer the frames first, or --cfa ignore"
            )
        }
    }

    /// Warnings of the frames, each kind once.
    static func frameWarnings(_ frames: [Frame]) -> [String] {
        var order: [String] = []
        var first: [String: (name: String, count: Int)] = [:]
        for frame in frames {
            for warning in frame.warnings {
                if let known = first[warning] {
                    first[warning] = (known.name, known.count + 1)
                } else {
                    order.append(warning)
                    first[warning] = (frame.path, 1)
                }
            }
        }
        return order.prefix(50).map { warning in
            let facts = first[warning] ?? ("", 1)
            return facts.count > 1
                ? "\(facts.name) and \(facts.count - 1) more: \(warning)" : "\(facts.name): \(warning)"
        }
    }
}
