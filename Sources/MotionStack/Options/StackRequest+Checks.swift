internal import Sky

/// What is refused before work starts: each check lives with its value.
extension StackRequest {
    /// Throws `.usage` for values out of range, and for those that contradict each other.
    public func check() throws(MotionStackError) {
        if placement.alignment == .wcs { try checkMapped() }
        if placement.alignment == .none, !targets.motion.isStandard {
            throw MotionStackError(
                .usage, "--align none holds nothing still; leave it out, or stack with --standard")
        }
        try outputs.check()
        try targets.check()
        if let problem = rejection.problem { throw MotionStackError(.usage, problem) }
        try input.check()
        try levels.check()
        try resources.check()
    }

    /// What does not go together with frames that are turned.
    private func checkMapped() throws(MotionStackError) {
        let problem: String? =
            if !targets.also.isEmpty {
                "--also: several targets would need a copy of every frame each; run them one after the other"
            } else if targets.refineRatePercent != nil {
                "--refine-rate looks at frames that are moved, not turned; refine with --align shift, then give the rate"
            } else if case .rate(_, _, .unknown) = targets.motion {
                "a motion whose place is not known: give --position RA,DEC or --position-pixel X,Y"
            } else if levels.zero == .mesh {
                "--zero mesh follows the sky in the pixels of the frames; --zero median takes one number a frame"
            } else if placement.framing == .intersection {
                "--framing intersection: what turned frames have in common is no rectangle; --crop WxH cuts one out"
            } else {
                nil
            }
        if let problem { throw MotionStackError(.usage, "--align wcs does not go with \(problem)") }
    }

    /// What a plan that is to be saved cannot have.
    func checkSaved() throws(MotionStackError) {
        guard input.calibration?.isEmpty ?? true else {
            throw MotionStackError(
                .usage,
                "a plan holds frames against what they were, and masters not yet: stack with --bias, --dark, --flat, --mask, --trim in one run, without --save"
            )
        }
    }

    static func check<Value>(
        _ value: Value?, _ range: ClosedRange<Value>, _ name: String
    ) throws(MotionStackError) {
        guard let value, !range.contains(value) else { return }
        throw MotionStackError(.usage, "\(name): from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
}

extension StackRequest.Input {
    func check() throws(MotionStackError) {
        if let lowThreshold, let highThreshold, lowThreshold > highThreshold {
            throw MotionStackError(
                .usage, "--low-threshold \(lowThreshold) is above --high-threshold \(highThreshold)")
        }
        try StackRequest.check(minimumUsedPercent, Self.usedPercents, "--min-used")
        try StackRequest.check(minimumTransparency, Self.transparencies, "--min-transparency")
        try StackRequest.check(timeRules.exposureSeconds, Self.exposures, "--exposure")
        try calibration?.check()
    }
}

extension StackRequest.Outputs {
    func check() throws(MotionStackError) {
        if methods.isEmpty { throw MotionStackError(.usage, "no method") }
        if Set(methods).count != methods.count {
            throw MotionStackError(.usage, "a method is named twice: two products would have the same name")
        }
    }
}

extension StackRequest.Targets {
    func check() throws(MotionStackError) {
        if let parts, parts.count < Self.partCounts.lowerBound {
            throw MotionStackError(.usage, "parts: at least 2, not \(parts.count)")
        }
        try StackRequest.check(parts?.count, Self.partCounts, "parts")
        var slugs: Set<String> = []
        for target in also {
            switch target {
            case .stars where motion.isStandard:
                throw MotionStackError(
                    .usage, "--also stars: the stack itself holds the stars; leave it out, or --standard")
            case .object(let name, let motion) where motion.isStandard:
                throw MotionStackError(.usage, "--also \(name): nothing says how it moves")
            default: break
            }
            guard slugs.insert(FileSlug.of(target.name)).inserted else {
                throw MotionStackError(.usage, "--also \(target.name): two products would have the same name")
            }
        }
        guard let percent = refineRatePercent else { return }
        guard percent > 0, percent <= Self.refineRatePercents.upperBound else {
            throw MotionStackError(.usage, "--refine-rate: more than 0 and at most 50 percent, not \(percent)")
        }
        switch motion {
        case .standard:
            throw MotionStackError(.usage, "--refine-rate: an ordinary stack has no motion to refine")
        case .rate(_, _, .unknown):
            throw MotionStackError(
                .usage,
                "--refine-rate needs the object's place: give --position RA,DEC or --position-pixel X,Y")
        default: break
        }
    }
}

extension StackRequest.Levels {
    func check() throws(MotionStackError) {
        if scale == .mesh { throw MotionStackError(.usage, "--scale mesh has no meaning; --zero mesh does") }
        if zero == .mesh, statisticsSection != nil {
            throw MotionStackError(
                .usage, "--zero mesh is measured all over the frame; leave --statistics-section out")
        }
        if case .inverseMedian? = zero { throw MotionStackError(.usage, "--zero: 1/median is a scale") }
        if zero == .exposure || zero == .stars || zero == .auto {
            throw MotionStackError(
                .usage, "--zero \(zero?.name ?? "") has no meaning; --scale \(zero?.name ?? "") does")
        }
    }
}

extension StackRequest.Resources {
    func check() throws(MotionStackError) {
        try StackRequest.check(chunkSize, Self.chunkSizes, "--chunk-size")
        try StackRequest.check(threads, Self.threadCounts, "--threads")
    }
}
