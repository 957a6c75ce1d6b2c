internal import Files
internal import FITS
internal import Sky

/// Places frames. Every step that leaves frames out starts anew with the rest, so that the rest is placed as if they had not been given.
struct Placer {
    let options: IntegrationOptions
    let motion: MotionSource
    let files: any FileSystem
    let headers: FrameHeaders
    /// What each frame adds to the object's flux, by index in what was given; nil: the same for all.
    let fluxWeights: [Int: Double]?
    /// Plain mean of the mid-exposures of all frames given: when a position holds that comes without a time.
    let meanOfGiven: Instant?
    /// The frame whose grid is taken whatever the options say: that of the main target, for a further one.
    var fixedReference: Frame?
    /// The grid, likewise.
    var fixedGrid: OutputGrid?
    /// Frames that may be named as the reference beside those that are placed: those of the other parts.
    var namedReferences: [Frame] = []
    /// What stars say of the frames: under clouds none is taken for the reference.
    var light = FrameLight()

    func place(_ selection: inout FrameSelection) throws(MotionStackError) -> Placement {
        let standing = motion.isStandard
        if standing, options.placement.alignment == .none || options.placement.alignment == .auto {
            return try unaligned(selection.frames)
        }
        if options.placement.alignment == .none { return try unaligned(selection.frames) }
        var track = try fixedTrack(selection.frames)
        let observer = observer(selection.frames, track: track)
        let trackWarnings = (track?.warnings ?? []) + observer.warnings
        if let span = track?.span {
            let first = span.lowerBound.advanced(bySeconds: -1)
            let last = span.upperBound.advanced(bySeconds: 1)
            let name = "outside the ephemeris, \(Self.clock(span.lowerBound)) to \(Self.clock(span.upperBound))"
            selection.leaveOut { frame in
                guard let time = frame.time?.instant, time < first || time > last else { return nil }
                return .init(.ephemeris, name, "mid-exposure \(time.iso(decimals: 1)) is \(name)")
            }
        }
        if standing, options.placement.alignment != .wcs { try leaveOutFlipped(&selection) }
        var strays = 0
        while true {
            let frames = selection.frames
            guard !frames.isEmpty else { throw Self.nothingLeft(selection) }
            let (meanTime, referenceTime) = times(frames)
            guard standing || referenceTime != nil else {
                throw MotionStackError(.badData, "no frame has a usable time")
            }
            let reference = try referenceFrame(frames, meanTime)
            let referenceWCS = try coordinates(reference)
            if !standing, track == nil || isRate, let referenceTime {
                track = try rateTrack(reference, referenceWCS, at: referenceTime)
            }
            let placed = try placeAll(
                frames, reference: reference, referenceWCS: referenceWCS, track: track, at: referenceTime)
            if strays < Self.mostStrays, isStray(reference, placed, among: frames) {
                strays += 1
                selection.leaveOut { frame in
                    guard frame.givenIndex == reference.givenIndex else { return nil }
                    return .init(.overlap, "no overlap", "no overlap with most of the frames")
                }
                continue
            }
            if !placed.noOverlap.isEmpty || !placed.unplaced.isEmpty {
                let before = selection.frames.count
                selection.leaveOut { frame in
                    if let why = placed.unplaced[frame.givenIndex] {
                        return .init(.ephemeris, "in a gap of the ephemeris", why)
                    }
                    return placed.noOverlap[frame.givenIndex].map { .init(.overlap, "no overlap", $0) }
                }
                if selection.frames.count < before { continue }
            }
            var placement = placed.placement
            placement.meanTime = meanTime
            placement.warnings += trackWarnings
            placement.site = observer.site
            placement.track = track
            if let track {
                addTrails(&placement, track: track)
                if placement.heldSky != nil { placement.positionTime = Self.positionTime(of: track) }
            }
            addPositionWarning(&placement)
            try checkSite(&placement)
            try checkObject(placement)
            return placement
        }
    }

    /// Whether the frame that is nearest to the mean time lies apart from most of the others: it goes then, not they.
    private func isStray(_ reference: Frame, _ placed: Placed, among frames: [Frame]) -> Bool {
        guard options.placement.reference == .nearestToMeanTime, fixedReference == nil, frames.count > 2 else {
            return false
        }
        return placed.noOverlap.count * 2 > frames.count
    }

    /// So many frames in the wrong place are looked for; where the field is no one field, the first reference stays.
    private static let mostStrays = 5

    var isRate: Bool {
        if case .rate = motion { true } else { false }
    }

    // MARK: Times and reference

    /// The mean time and the reference time; nil where no frame has one.
    func times(_ frames: [Frame]) -> (mean: Instant?, reference: Instant?) {
        let timed = frames.compactMap { frame in frame.time.map { (frame, $0.instant) } }
        guard let base = timed.first?.1 else { return (nil, nil) }
        let weighted = options.outputs.methods.first.map { $0 == .average || $0 == .sum } ?? true
        let exposures = timed.map { $0.0.exposureSeconds }
        let useExposure = weighted && exposures.allSatisfy { ($0 ?? 0) > 0 }
        var sum = 0.0
        var total = 0.0
        for (frame, time) in timed {
            var weight = useExposure ? frame.exposureSeconds ?? 1 : 1
            if weighted, let flux = fluxWeights?[frame.givenIndex] { weight *= flux }
            sum += weight * time.seconds(since: base)
            total += weight
        }
        let mean = base.advanced(bySeconds: sum / total)
        switch options.placement.referenceTime {
        case .mean: return (mean, mean)
        case .first: return (mean, base)
        case .instant(let instant): return (mean, instant)
        }
    }

    /// - Parameter frames: at least one.
    func referenceFrame(_ frames: [Frame], _ mean: Instant?) throws(MotionStackError) -> Frame {
        if let fixedReference { return fixedReference }
        switch options.placement.reference {
        case .first: return frames[0]
        case .file(let path):
            let candidates = frames + namedReferences
            if let frame = candidates.first(where: { $0.path == path }) { return frame }
            if let identity = try? files.identity(ofPath: path),
                let frame = candidates.first(where: {
                    $0.raster.identity.isSameFile(as: identity)
                })
            {
                return frame
            }
            throw MotionStackError(
                .badData, "\(path): the reference frame is not among the frames that can be used; name one that is")
        case .nearestToMeanTime:
            guard let mean else { return frames[0] }
            var best = 0
            var distance = Double.infinity
            let isClear = frames.contains { !light.isClouded($0) }
            for (index, frame) in frames.enumerated() where !isClear || !light.isClouded(frame) {
                guard let time = frame.time?.instant else { continue }
                let d = abs(time.seconds(since: mean))
                if d < distance { (best, distance) = (index, d) }
            }
            return frames[best]
        }
    }

    /// The object is in at least one frame.
    func checkObject(_ placement: Placement) throws(MotionStackError) {
        guard placement.held != nil else { return }
        let inside = placement.frames.contains { item in
            guard let place = item.place else { return false }
            return place.x >= -0.5 && place.y >= -0.5 && place.x <= Double(item.frame.raster.width) - 0.5
                && place.y <= Double(item.frame.raster.height) - 0.5
        }
        guard !inside else { return }
        let reference = placement.reference
        guard let sky = placement.heldSky, let center = reference.frame.wcs?.center else { return }
        throw MotionStackError(
            .badData,
            "\(options.targets.objectName ?? "the object") is outside all frames: \(Self.direction(from: center, to: sky)) from the centre of \(reference.frame.path); check \(isRate || placement.track is ConstantMotion ? "the position and when it holds (--position-time), rate and angle" : "the name, the times and the ephemeris")"
        )
    }

    // MARK: Words

    static func direction(from: SkyPosition, to: SkyPosition) -> String {
        let arcsec = from.separation(to: to) * 3600
        let angle = from.positionAngle(to: to)
        let names = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"]
        let name = names[Int(((angle + 22.5) / 45).rounded(.down)) & 7]
        let distance =
            arcsec >= 3600
            ? "\(fixed(arcsec / 3600, 2)) degrees"
            : arcsec >= 60 ? "\(fixed(arcsec / 60, 1)) arcmin" : "\(fixed(arcsec, 1)) arcsec"
        return "\(distance) \(name)"
    }

    static func clock(_ instant: Instant) -> String {
        let text = instant.iso(decimals: 0)
        return String(text.dropFirst(11).prefix(5))
    }

    static func carried(_ error: SkyError) -> MotionStackError {
        let code: MotionStackError.Code =
            switch error.code {
            case .io: .noInput
            default: .badData
            }
        return MotionStackError(code, error.description)
    }

    static func nothingLeft(_ selection: FrameSelection) -> MotionStackError {
        MotionStackError(.badData, "no frame can be used: " + LeftOutSummary(selection.leftOut).text)
    }
}
