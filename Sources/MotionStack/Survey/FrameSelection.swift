internal import Files
internal import FITS
internal import Sky

/// Judges each frame against the others: kinds, duplicates, sizes, consistency, plate solutions, times.
///
/// Every step leaves out by the majority of those that are still in, so that the rest is what it would be had the bad ones not been given.
struct FrameSelection {
    let options: IntegrationOptions
    var frames: [Frame]
    private(set) var leftOut: [LeftOut]
    private(set) var warnings: [String] = []
    private var needsPlateSolution = false
    private var needsTime = false

    /// Those that have a say in what the majority is: frames that cannot be used anyway have none, unless all are such.
    private var voters: [Frame] {
        let able = frames.filter { (!needsTime || $0.time != nil) && (!needsPlateSolution || $0.wcs != nil) }
        return able.isEmpty ? frames : able
    }

    init(_ survey: Survey, options: IntegrationOptions) {
        self.options = options
        frames = survey.frames
        leftOut = survey.leftOut
        warnings = survey.warnings
    }

    /// - Parameter originals: which of some frames of one time hold the same pixels as which (`CopiedExposure`).
    mutating func judge(
        needsPlateSolution: Bool, needsTime: Bool, originals: ([Frame]) -> [Int: Frame] = { _ in [:] }
    ) throws(MotionStackError) {
        self.needsPlateSolution = needsPlateSolution
        self.needsTime = needsTime
        leaveOutDuplicates()
        leaveOutOtherKinds()
        leaveOutOtherSizes()
        try applyConsistency(needsAlignment: needsPlateSolution)
        if needsTime { leaveOutWithoutTime() }
        if needsPlateSolution { leaveOutWithoutPlateSolution() }
        if needsTime {
            leaveOutCopies(originals)
            try turnDates()
        }
        order()
        if needsPlateSolution { leaveOutContradictedPlateSolutions() }
        try checkExposures(needsTime: needsTime)
        if needsTime { try checkClock() }
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    /// Moves the frames for which `reason` gives one to those left out.
    mutating func leaveOut(_ reason: (Frame) -> LeftOut.Reason?) {
        var kept: [Frame] = []
        kept.reserveCapacity(frames.count)
        for frame in frames {
            if let reason = reason(frame) {
                leftOut.append(LeftOut(path: frame.path, givenIndex: frame.givenIndex, reason: reason, frame: frame))
            } else {
                kept.append(frame)
            }
        }
        frames = kept
    }

    /// Some of the frames alone, as if the others had not been given.
    func restricted(to givenIndexes: Set<Int>) -> FrameSelection {
        var part = self
        part.frames = frames.filter { givenIndexes.contains($0.givenIndex) }
        return part
    }

    private mutating func leaveOutDuplicates() {
        struct Inode: Hashable { var device, inode: UInt64 }
        var seen: [Inode: Int] = [:]
        seen.reserveCapacity(frames.count)
        let frames = frames
        var index = -1
        leaveOut { frame in
            index += 1
            let key = Inode(device: frame.raster.identity.device, inode: frame.raster.identity.inode)
            if let other = seen[key] {
                return .init(.duplicate, "given twice", "the same file as \(frames[other].name)")
            }
            seen[key] = index
            return nil
        }
    }

    private mutating func leaveOutOtherKinds() {
        guard let common = Self.majority(voters.compactMap(\.kind)) else { return }
        leaveOut { frame in
            guard let kind = frame.kind, kind != common else { return nil }
            return .init(.kind, "another kind of frame", "is a \(kind) frame among \(common) frames")
        }
    }

    private mutating func leaveOutOtherSizes() {
        guard let common = Self.majority(voters.map { Size($0.raster) }) else { return }
        leaveOut { frame in
            let size = Size(frame.raster)
            return size == common ? nil : .init(.size, "another size", "is \(size) pixels, the others \(common)")
        }
    }

    private mutating func applyConsistency(needsAlignment: Bool) throws(MotionStackError) {
        var rules = options.input.consistency
        if !needsAlignment { rules.append(ConsistencyRule(card: "ROWORDER", action: .exclude)) }
        for rule in rules {
            guard let common = Self.majority(voters.compactMap { $0.cards[rule.card] }) else { continue }
            func differs(_ frame: Frame) -> CardFact? {
                guard let fact = frame.cards[rule.card], fact != common else { return nil }
                if let a = fact.number, let b = common.number { return abs(a - b) > rule.tolerance ? fact : nil }
                return fact.text == common.text ? nil : fact
            }
            switch options.input.strict ? .error : rule.action {
            case .exclude:
                leaveOut { frame in
                    differs(frame).map {
                        .init(
                            .inconsistent, "\(rule.card) differs",
                            "\(rule.card) is \($0.shown), the others' \(common.shown)")
                    }
                }
            case .warn:
                let odd = frames.filter { differs($0) != nil }
                if let first = odd.first, let fact = differs(first) {
                    warnings.append(
                        "\(rule.card) differs in \(odd.count) of \(frames.count) frames (\(first.name): \(fact.shown), most: \(common.shown))"
                    )
                }
            case .error:
                if let odd = frames.first(where: { differs($0) != nil }), let fact = differs(odd) {
                    throw MotionStackError(
                        .badData,
                        "\(odd.path): \(rule.card) is \(fact.shown), the others' \(common.shown); take the frame out, or relax [[consistency]]"
                    )
                }
            }
        }
    }

    private mutating func leaveOutWithoutTime() {
        leaveOut { frame in
            frame.time == nil ? .init(.time, "no usable time", frame.timeProblem ?? "no usable time") : nil
        }
    }

    private mutating func leaveOutWithoutPlateSolution() {
        leaveOut { frame in
            frame.wcs == nil ? .noPlateSolution(frame.wcsProblem) : nil
        }
    }

    /// Of frames in the order of time.
    private mutating func leaveOutContradictedPlateSolutions() {
        guard frames.count >= 3 else { return }
        let scale = Self.middle(frames.compactMap { $0.wcs?.scaleArcsec })
        leaveOut { frame in
            guard let wcs = frame.wcs, abs(wcs.scaleArcsec / scale - 1) > 0.01 else { return nil }
            return .contradictedPlateSolution(
                "scale \(fixed(wcs.scaleArcsec, 4)) arcsec a pixel, the others' \(fixed(scale, 4))")
        }
        let solved = frames.filter { $0.wcs != nil }
        let agreement = PlateAgreement(
            facts: solved.compactMap(\.wcs), ignoresRotation: options.input.lenientWCS)
        var reasons: [Int: LeftOut.Reason] = [:]
        for (index, contradiction) in agreement.contradictions() {
            var reason = contradiction.other.mirrored ? "not mirrored, the others are" : "mirrored, the others are not"
            if let turn = contradiction.turnDegrees {
                reason = "rotated by \(fixed(turn, 2)) degrees against the others (--lenient-wcs takes it)"
            }
            reasons[solved[index].givenIndex] = .contradictedPlateSolution(reason)
        }
        leaveOut { reasons[$0.givenIndex] }
    }

    /// By mid-exposure; ties, or no times: as given, then by name.
    private mutating func order() {
        let anyTime = frames.contains { $0.time != nil }
        frames.sort { a, b in
            if anyTime {
                switch (a.time?.instant, b.time?.instant) {
                case (let x?, let y?) where x != y: return x < y
                case (.some, nil): return true
                case (nil, .some): return false
                default: break
                }
            }
            return a.givenIndex != b.givenIndex ? a.givenIndex < b.givenIndex : a.path < b.path
        }
    }

    /// An error where places depend on it; darks, flats and biases are not asked.
    private mutating func checkExposures(needsTime: Bool) throws(MotionStackError) {
        guard needsTime || !frames.allSatisfy({ Surveyor.calibrationKinds.contains($0.kind ?? "") }),
            let problem = FrameTimes.spacingProblem(frames.compactMap(\.time))
        else { return }
        let text =
            "\(problem.detail) Put seconds into the card, or its unit, as [ms], at the start of the card's comment"
        guard needsTime || options.input.strict else { return warn("\(frames[0].name): \(text)") }
        throw MotionStackError(.badData, "\(frames[0].path): \(text)")
    }

    struct Size: Hashable, CustomStringConvertible {
        var width: Int
        var height: Int
        init(_ raster: Raster) {
            width = raster.width
            height = raster.height
        }
        var description: String { "\(width) x \(height)" }
    }

    /// The most common value; of several as common, the one that comes first.
    static func majority<Value: Hashable>(_ values: [Value]) -> Value? {
        var counts: [Value: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        guard let most = counts.values.max() else { return nil }
        return values.first { counts[$0] == most }
    }

    static func middle(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let last = sorted.last else { return .nan }
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : sorted.count == 0 ? last : (sorted[half - 1] + sorted[half]) / 2
    }
}
