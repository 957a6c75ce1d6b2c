internal import FITS
internal import Sky

/// Where each frame lies: mean time, reference frame, the object's place in every frame, shifts, output grid.
struct Placement: Sendable {
    var frames: [PlacedFrame]
    var reference: Int
    var referenceTime: Instant?
    var meanTime: Instant?
    var grid: OutputGrid
    /// The object (or the centre, standing) at the reference time; nil where nothing is aligned.
    var heldSky: SkyPosition?
    /// 0-based place in the reference frame; nil when the object's place is unknown.
    var held: PixelPoint?
    var alignment: Alignment
    var interpolation: Interpolation
    var motion: Motion?
    /// The observer; nil when nobody says.
    var site: Site?
    var warnings: [String]

    struct PlacedFrame: Sendable {
        var frame: Frame
        var sky: SkyPosition?
        /// 0-based place of the object in this frame.
        var place: PixelPoint?
        var map: PixelMap
        /// Largest departure of the map used from the full mapping, pixels; nil where it was not looked at.
        var mapError: Double?
        /// How far the object moves within the exposure.
        var trailPixels: Double?
    }

    struct Motion: Sendable {
        var source: String
        var rateArcsecPerMinute: Double?
        var positionAngleDegrees: Double?
        var expectedErrorArcsec: Double?
        /// From the first to the last mid-exposure.
        var expectedDriftArcsec: Double?
        /// Epoch, arc, U, causes of the expected error.
        var quality: String?
    }
}

/// Places frames. Every step that leaves frames out starts anew with the rest, so that the rest is placed as if they had not been given.
struct Placer {
    let options: IntegrationOptions
    let files: any FileSystem
    let scratch: Scratch
    /// What each frame adds to the object's flux, by index in what was given; nil: the same for all.
    let fluxWeights: [Int: Double]?

    func place(_ selection: inout FrameSelection) throws(MotionStackError) -> Placement {
        let standing = options.motion.isStandard
        if standing, options.alignment == .none || options.alignment == .auto {
            return try unaligned(selection.frames)
        }
        if options.alignment == .none { return try unaligned(selection.frames) }
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
        while true {
            let frames = selection.frames
            guard !frames.isEmpty else { throw Self.nothingLeft(selection) }
            let (meanTime, referenceTime) = times(frames)
            guard standing || referenceTime != nil else {
                throw MotionStackError(.badData, "no frame has a usable time")
            }
            let reference = try referenceIndex(frames, meanTime)
            let referenceWCS = try coordinates(frames[reference])
            if !standing, track == nil || isRate, let referenceTime {
                track = try rateTrack(frames[reference], referenceWCS, at: referenceTime)
            }
            let placed = try placeAll(
                frames, reference: reference, referenceWCS: referenceWCS, track: track, at: referenceTime)
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
            if let track { addTrails(&placement, track: track) }
            try checkSite(&placement)
            try checkObject(placement)
            return placement
        }
    }

    private var isRate: Bool {
        if case .rate = options.motion { true } else { false }
    }

    // MARK: Times and reference

    /// The mean time and the reference time; nil where no frame has one.
    private func times(_ frames: [Frame]) -> (mean: Instant?, reference: Instant?) {
        let timed = frames.compactMap { frame in frame.time.map { (frame, $0.instant) } }
        guard let base = timed.first?.1 else { return (nil, nil) }
        let weighted = options.methods.first.map { $0 == .average || $0 == .sum } ?? true
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
        switch options.referenceTime {
        case .mean: return (mean, mean)
        case .first: return (mean, base)
        case .instant(let instant): return (mean, instant)
        }
    }

    private func referenceIndex(_ frames: [Frame], _ mean: Instant?) throws(MotionStackError) -> Int {
        switch options.reference {
        case .first: return 0
        case .file(let path):
            if let index = frames.firstIndex(where: { $0.path == path }) { return index }
            if let identity = try? files.identity(ofPath: path),
                let index = frames.firstIndex(where: {
                    $0.identity.inode == identity.inode && $0.identity.device == identity.device
                })
            {
                return index
            }
            throw MotionStackError(
                .badData, "\(path): the reference frame is not among the frames that can be used; name one that is")
        case .nearestToMeanTime:
            guard let mean else { return 0 }
            var best = 0
            var distance = Double.infinity
            for (index, frame) in frames.enumerated() {
                guard let time = frame.time?.instant else { continue }
                let d = abs(time.seconds(since: mean))
                if d < distance { (best, distance) = (index, d) }
            }
            return best
        }
    }

    // MARK: Tracks

    private func fixedTrack(_ frames: [Frame]) throws(MotionStackError) -> (any MotionTrack)? {
        switch options.motion {
        case .standard, .rate: return nil
        case .track(let track): return track
        case .table(let path): return try table(path, site: ObserverSite.common(frames).site)
        case .resolved(let make):
            var times = frames.compactMap { $0.time?.instant }
            if case .instant(let reference) = options.referenceTime, !times.isEmpty { times.append(reference) }
            let query = TrackQuery(
                object: options.objectName, times: times, site: ObserverSite.common(frames).site,
                field: frames.compactMap { $0.wcs?.center }.first)
            guard let query else { throw MotionStackError(.badData, "no frame has a usable time") }
            do { return try make(query) } catch let error as SkyError {
                throw Self.carried(error)
            } catch let error as MotionStackError {
                throw error
            } catch {
                throw MotionStackError(.badData, "\(error)")
            }
        }
    }

    private func rateTrack(
        _ reference: Frame, _ coordinates: WorldCoordinates, at time: Instant
    ) throws(MotionStackError) -> (any MotionTrack)? {
        guard case .rate(let rate, let angle, let place) = options.motion else { return nil }
        let position: SkyPosition
        switch place {
        case .sky(let sky): position = sky
        case .pixel(let pixel):
            guard let sky = coordinates.sky(at: PixelPoint(x: pixel.x - 1, y: pixel.y - 1)) else {
                throw MotionStackError(
                    .badData,
                    "\(reference.path): pixel \(pixel.x), \(pixel.y) has no place on the sky; give --position RA,DEC")
            }
            position = sky
        case .unknown:
            guard let center = reference.wcs?.center else { return nil }
            position = center
        }
        return ConstantMotion(
            rateArcsecPerMinute: rate, positionAngleDegrees: angle, position: position, at: time)
    }

    // MARK: Places

    func coordinates(_ frame: Frame) throws(MotionStackError) -> WorldCoordinates {
        do throws(SkyError) {
            if let text = frame.wcsCards {
                return try WorldCoordinates(
                    cards: text, width: frame.layout.width, height: frame.layout.height, lenient: options.lenientWCS)
            }
        } catch { throw Self.carried(error) }
        // Too long to keep: read once more.
        do {
            let input = try InputFile.open(frame.path, options: options, files: files, scratch: scratch)
            let hdu = try input.file.select(options.hdu)
            let values = HeaderAdapter(header: input.file.header(inheriting: hdu))
            return try Surveyor.worldCoordinates(
                path: frame.path, values: values, layout: frame.layout, options: options, files: files
            ).coordinates
        } catch {
            throw MotionStackError(.io, "\(frame.path): cannot be read again: \(error)")
        }
    }

    private struct Placed {
        var placement: Placement
        /// By index in what was given: why the frame does not overlap.
        var noOverlap: [Int: String]
        /// Frames for which the ephemeris has no place, in a gap of its table.
        var unplaced: [Int: String]
    }

    private func placeAll(
        _ frames: [Frame], reference: Int, referenceWCS: WorldCoordinates, track: (any MotionTrack)?, at time: Instant?
    ) throws(MotionStackError) -> Placed {
        let interpolation: Interpolation = options.interpolation == .nearest ? .nearest : .bilinear
        let frame = frames[reference]
        let center = PixelPoint(x: Double(frame.layout.width - 1) / 2, y: Double(frame.layout.height - 1) / 2)
        let heldSky: SkyPosition
        do throws(SkyError) {
            if let track, let time {
                heldSky = try track.place(at: time)
            } else if let sky = referenceWCS.sky(at: center) {
                heldSky = sky
            } else {
                throw SkyError(
                    .noWCS, operation: "place", subject: frame.path,
                    detail: "the centre of the frame is nowhere on the sky")
            }
        } catch { throw Self.carried(error) }
        guard let held = referenceWCS.pixel(of: heldSky) else {
            throw MotionStackError(
                .badData,
                "the object is not in the field: at \(time?.iso(decimals: 1) ?? "no time") it is \(Self.direction(from: frame.wcs?.center ?? heldSky, to: heldSky)) from the centre of \(frame.path)"
            )
        }
        var placed: [Placement.PlacedFrame] = []
        placed.reserveCapacity(frames.count)
        var noOverlap: [Int: String] = [:]
        var unplaced: [Int: String] = [:]
        for (index, frame) in frames.enumerated() {
            let wcs = index == reference ? referenceWCS : try coordinates(frame)
            let sky: SkyPosition
            do throws(SkyError) {
                if let track, let instant = frame.time?.instant {
                    sky = try track.place(at: instant)
                } else {
                    sky = heldSky
                }
            } catch {
                guard error.code == .outsideTable else { throw Self.carried(error) }
                unplaced[frame.givenIndex] = error.detail
                continue
            }
            guard let place = wcs.pixel(of: sky) else {
                noOverlap[frame.givenIndex] =
                    "no overlap: the object is \(Self.direction(from: frame.wcs?.center ?? sky, to: sky)) from the frame's centre"
                continue
            }
            let dx = held.x - place.x
            let dy = held.y - place.y
            let limit = 1e8
            guard abs(dx) < limit, abs(dy) < limit else {
                noOverlap[frame.givenIndex] = "no overlap: shift of \(fixed(dx, 1)), \(fixed(dy, 1)) pixels"
                continue
            }
            let map = PixelMap(dx: dx, dy: dy, interpolation: interpolation)
            let mapper = FullMapping(
                reference: referenceWCS, frame: wcs, rotation: SphereRotation(from: heldSky, to: sky),
                width: frame.layout.width, height: frame.layout.height)
            let error = mapper.departure(of: map, near: held)
            placed.append(.init(frame: frame, sky: sky, place: place, map: map, mapError: error.whole))
        }
        guard
            let referencePlaced = placed.firstIndex(where: { $0.frame.givenIndex == frames[reference].givenIndex })
                ?? (unplaced.isEmpty ? nil : 0)
        else {
            throw MotionStackError(.badData, "\(frame.path): the reference frame cannot be placed")
        }
        let own = OutputGrid(x: 0, y: 0, width: frame.layout.width, height: frame.layout.height)
        for item in placed where !item.map.overlaps(own, item.frame.layout) {
            noOverlap[item.frame.givenIndex] =
                "no overlap: shift of \(fixed(item.map.dx, 1)), \(fixed(item.map.dy, 1)) pixels"
        }
        let near = placed.filter { noOverlap[$0.frame.givenIndex] == nil }
        let grid = try outputGrid(near, reference: frame, held: held)
        for item in near where !item.map.overlaps(grid, item.frame.layout) {
            noOverlap[item.frame.givenIndex] =
                "no overlap: shift of \(fixed(item.map.dx, 1)), \(fixed(item.map.dy, 1)) pixels"
        }
        let unknownPlace: Bool = if case .rate(_, _, .unknown) = options.motion { true } else { false }
        let isStanding = options.motion.isStandard
        if unknownPlace || isStanding {
            // The centre that stands in for the object is not the object.
            for index in placed.indices {
                placed[index].sky = nil
                placed[index].place = nil
            }
        }
        var placement = Placement(
            frames: placed, reference: referencePlaced, referenceTime: time, meanTime: nil, grid: grid,
            heldSky: unknownPlace || isStanding ? nil : heldSky,
            held: unknownPlace || isStanding ? nil : held, alignment: .shift, interpolation: interpolation, motion: nil,
            warnings: [])
        if let track, let time {
            let motion = try? track.motion(at: time)
            let times = frames.compactMap { $0.time?.instant }
            let seconds = (times.max() ?? time).seconds(since: times.min() ?? time)
            placement.motion = .init(
                source: track.source, rateArcsecPerMinute: motion?.rateArcsecPerMinute,
                positionAngleDegrees: motion?.positionAngleDegrees, expectedErrorArcsec: track.expectedErrorArcsec,
                expectedDriftArcsec: track.expectedDriftArcsec(overSeconds: seconds), quality: track.quality)
        }
        if noOverlap.isEmpty { placement.warnings = mapWarnings(placed, unknownPlace: unknownPlace) }
        return Placed(placement: placement, noOverlap: noOverlap, unplaced: unplaced)
    }

    private func mapWarnings(_ placed: [Placement.PlacedFrame], unknownPlace: Bool) -> [String] {
        guard let worst = placed.max(by: { ($0.mapError ?? 0) < ($1.mapError ?? 0) }), let error = worst.mapError else {
            return []
        }
        var warnings: [String] = []
        if error > 0.5 {
            let many = placed.count { ($0.mapError ?? 0) > 0.5 }
            warnings.append(
                "a shift departs from the full mapping by up to \(fixed(error, 2)) pixels (\(worst.frame.name); above 0.5 in \(many) of \(placed.count) frames): rotation or distortion is not followed away from the held place"
            )
        }
        if unknownPlace, error > 0.2 {
            warnings.append(
                "where the object is was not given, so its motion is that at the frame's centre, wrong by up to \(fixed(error, 2)) pixels elsewhere; --position RA,DEC or --position-pixel X,Y makes it exact"
            )
        }
        return warnings
    }

    private func outputGrid(
        _ placed: [Placement.PlacedFrame], reference: Frame, held: PixelPoint
    ) throws(MotionStackError) -> OutputGrid {
        var grid = OutputGrid(x: 0, y: 0, width: reference.layout.width, height: reference.layout.height)
        if options.framing != .reference, !placed.isEmpty {
            let columns = placed.map { $0.map.coveredColumns(width: $0.frame.layout.width) }
            let rows = placed.map { $0.map.coveredRows(height: $0.frame.layout.height) }
            let pick: ([Int]) -> Int? = options.framing == .union ? { $0.min() } : { $0.max() }
            let pickEnd: ([Int]) -> Int? = options.framing == .union ? { $0.max() } : { $0.min() }
            let x0 = pick(columns.map(\.lowerBound)) ?? 0
            let x1 = pickEnd(columns.map(\.upperBound)) ?? 0
            let y0 = pick(rows.map(\.lowerBound)) ?? 0
            let y1 = pickEnd(rows.map(\.upperBound)) ?? 0
            guard x1 > x0, y1 > y0 else {
                throw MotionStackError(
                    .badData, "no pixel is covered by all frames; --framing reference keeps the reference frame's")
            }
            grid = OutputGrid(x: x0, y: y0, width: x1 - x0, height: y1 - y0)
            guard grid.width <= 1 << 24, grid.height <= 1 << 24 else {
                throw MotionStackError(
                    .badData, "the frames together span \(grid.width) x \(grid.height) pixels; --framing reference")
            }
        }
        return try cropped(grid, around: held)
    }

    private func cropped(_ grid: OutputGrid, around held: PixelPoint?) throws(MotionStackError) -> OutputGrid {
        guard let crop = options.crop else { return grid }
        let center: PixelPoint
        if let given = crop.center {
            center = PixelPoint(x: given.x - 1, y: given.y - 1)
        } else if let held {
            center = held
        } else {
            center = PixelPoint(x: Double(grid.width - 1) / 2, y: Double(grid.height - 1) / 2)
        }
        guard abs(center.x) < 1e8, abs(center.y) < 1e8 else {
            throw MotionStackError(.usage, "--crop: \(fixed(center.x, 1)), \(fixed(center.y, 1)) is outside the image")
        }
        let x0 = Int((center.x - Double(crop.width - 1) / 2).rounded())
        let y0 = Int((center.y - Double(crop.height - 1) / 2).rounded())
        let columns = (x0..<x0 + crop.width).clamped(to: grid.columns)
        let rows = (y0..<y0 + crop.height).clamped(to: grid.rows)
        guard !columns.isEmpty, !rows.isEmpty else {
            throw MotionStackError(.usage, "--crop \(crop.width)x\(crop.height): nothing of it lies on the image")
        }
        return OutputGrid(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    }

    private func unaligned(_ frames: [Frame]) throws(MotionStackError) -> Placement {
        guard let firstFrame = frames.first else {
            throw MotionStackError(.badData, "no frame can be used")
        }
        let (mean, referenceTime) = times(frames)
        let reference = try referenceIndex(frames, mean)
        let grid = try cropped(
            OutputGrid(x: 0, y: 0, width: firstFrame.layout.width, height: firstFrame.layout.height), around: nil)
        return Placement(
            frames: frames.map { .init(frame: $0, sky: nil, place: nil, map: .identity, mapError: nil) },
            reference: reference, referenceTime: referenceTime, meanTime: mean, grid: grid, heldSky: nil, held: nil,
            alignment: .none, interpolation: .nearest, motion: nil, warnings: [])
    }

    /// The object is in at least one frame.
    private func checkObject(_ placement: Placement) throws(MotionStackError) {
        guard placement.held != nil else { return }
        let inside = placement.frames.contains { item in
            guard let place = item.place else { return false }
            return place.x >= -0.5 && place.y >= -0.5 && place.x <= Double(item.frame.layout.width) - 0.5
                && place.y <= Double(item.frame.layout.height) - 0.5
        }
        guard !inside else { return }
        let reference = placement.frames[placement.reference]
        guard let sky = placement.heldSky, let center = reference.frame.wcs?.center else { return }
        throw MotionStackError(
            .badData,
            "\(options.objectName ?? "the object") is outside all frames: \(Self.direction(from: center, to: sky)) from the centre of \(reference.frame.path); check the name, the times and the ephemeris"
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
