internal import Files
internal import FITS
internal import Sky

/// The object in every frame, and the shifts that follow.
extension Placer {
    func coordinates(_ frame: Frame) throws(MotionStackError) -> WorldCoordinates {
        do throws(SkyError) {
            if let text = frame.wcsCards {
                return try WorldCoordinates(
                    cards: text.bytes, width: frame.raster.width, height: frame.raster.height,
                    lenient: options.input.lenientWCS)
            }
        } catch { throw Self.carried(error) }
        // Too long to keep: read once more.
        return try headers.coordinates(
            frame.givenIndex, path: frame.path, width: frame.raster.width, height: frame.raster.height)
    }

    struct Placed {
        var placement: Placement
        /// By index in what was given: why the frame does not overlap.
        var noOverlap: [Int: String]
        /// Frames for which the ephemeris has no place, in a gap of its table.
        var unplaced: [Int: String]
    }

    func placeAll(
        _ frames: [Frame], reference frame: Frame, referenceWCS: WorldCoordinates, track: (any MotionTrack)?,
        at time: Instant?
    ) throws(MotionStackError) -> Placed {
        let interpolation = options.placement.interpolation.resolved
        let reference = frame
        let center = PixelPoint(x: Double(frame.raster.width - 1) / 2, y: Double(frame.raster.height - 1) / 2)
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
        // What the frames span together is not known before they are placed: then the reference frame is looked at.
        let whole = OutputGrid(x: 0, y: 0, width: frame.raster.width, height: frame.raster.height)
        let shown = fixedGrid ?? (options.placement.framing == .reference ? try? cropped(whole, around: held) : nil)
        // Frames that are turned have no grid before all are placed.
        let isMapped = options.placement.alignment == .wcs
        var extents: [Int: Tile] = [:]
        var placed: [Placement.PlacedFrame] = []
        placed.reserveCapacity(frames.count)
        var noOverlap: [Int: String] = [:]
        var unplaced: [Int: String] = [:]
        for frame in frames {
            let wcs = frame.givenIndex == reference.givenIndex ? referenceWCS : try coordinates(frame)
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
            let map = FrameMap(dx: dx, dy: dy, interpolation: interpolation)
            let mapper = FullMapping(
                reference: referenceWCS, frame: wcs, rotation: SphereRotation(from: heldSky, to: sky),
                width: frame.raster.width, height: frame.raster.height, grid: shown ?? whole)
            if isMapped {
                extents[frame.givenIndex] = mapper.extent()?.tile
                placed.append(.init(frame: frame, sky: sky, place: place, map: map, mapError: nil))
                continue
            }
            let error = mapper.departure(of: map, near: held)
            placed.append(
                .init(frame: frame, sky: sky, place: place, map: map, mapError: error.whole, mapErrorSlope: error.slope)
            )
        }
        guard
            placed.contains(where: { $0.frame.givenIndex == reference.givenIndex }) || !unplaced.isEmpty
                || !frames.contains(where: { $0.givenIndex == reference.givenIndex })
        else {
            throw MotionStackError(.badData, "\(frame.path): the reference frame cannot be placed")
        }
        let own = OutputGrid(x: 0, y: 0, width: frame.raster.width, height: frame.raster.height)
        /// What of the output a frame covers, as a rectangle around it.
        func covered(_ item: Placement.PlacedFrame) -> Tile {
            let raster = item.frame.raster
            let nothing = Tile(rows: 0..<0, columns: 0..<0)
            return isMapped
                ? extents[item.frame.givenIndex] ?? nothing
                : item.map.covered(width: raster.width, height: raster.height)
        }
        func leaveOut(_ items: [Placement.PlacedFrame], outside grid: OutputGrid) {
            for item in items {
                let covered = covered(item)
                guard covered.rows.overlaps(grid.rows), covered.columns.overlaps(grid.columns) else {
                    noOverlap[item.frame.givenIndex] =
                        "no overlap: shift of \(fixed(item.map.dx, 1)), \(fixed(item.map.dy, 1)) pixels"
                    continue
                }
            }
        }
        leaveOut(placed, outside: own)
        let near = placed.filter { noOverlap[$0.frame.givenIndex] == nil }
        let grid: OutputGrid
        if let fixedGrid {
            grid = fixedGrid
        } else {
            grid = try outputGrid(near.map(covered), reference: frame, held: held)
        }
        leaveOut(near, outside: grid)
        if isMapped {
            for (index, item) in placed.enumerated() where noOverlap[item.frame.givenIndex] == nil {
                let frame = item.frame
                let isOwn = frame.givenIndex == reference.givenIndex
                let mapper = FullMapping(
                    reference: referenceWCS, frame: isOwn ? referenceWCS : try coordinates(frame),
                    rotation: SphereRotation(from: heldSky, to: item.sky ?? heldSky),
                    width: frame.raster.width, height: frame.raster.height, grid: grid)
                guard
                    let fitted = mapper.fitted(
                        dx: item.map.dx, dy: item.map.dy, interpolation: interpolation,
                        isReference: isOwn && item.map.dx == 0 && item.map.dy == 0)
                else {
                    noOverlap[frame.givenIndex] =
                        "no polynomials of degree \(GridMap.highestDegree) follow its plate solution on the output"
                    continue
                }
                placed[index].map = .grid(fitted.map)
                placed[index].mapError = fitted.error
            }
        }
        let unknownPlace: Bool = if case .rate(_, _, .unknown) = self.motion { true } else { false }
        let isStanding = self.motion.isStandard
        if unknownPlace || isStanding {
            // The centre that stands in for the object is not the object.
            for index in placed.indices {
                placed[index].sky = nil
                placed[index].place = nil
            }
        }
        var placement = Placement(
            frames: placed,
            reference: placed.first { $0.frame.givenIndex == reference.givenIndex }
                ?? .init(frame: reference, sky: nil, place: nil, map: .identity, mapError: nil),
            referenceTime: time, meanTime: nil, grid: grid,
            heldSky: unknownPlace || isStanding ? nil : heldSky,
            held: unknownPlace || isStanding ? nil : held, alignment: isMapped ? .wcs : .shift,
            interpolation: interpolation, motion: nil,
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
        if noOverlap.isEmpty { addMapWarnings(&placement, unknownPlace: unknownPlace) }
        return Placed(placement: placement, noOverlap: noOverlap, unplaced: unplaced)
    }

    private func addMapWarnings(_ placement: inout Placement, unknownPlace: Bool) {
        let departure = MapDeparture(placement.frames, reference: placement.reference.frame)
        if motion.isStandard {
            guard let standing = departure.standing else { return }
            placement.warnings.append(standing.text)
            if standing.isClosing { placement.closingWarning = standing.text }
            return
        }
        if let text = departure.moving(isPlaceKnown: !unknownPlace) { placement.warnings.append(text) }
        let worst = placement.frames.compactMap(\.mapError).max() ?? 0
        if unknownPlace, worst > 0.2 {
            placement.warnings.append(
                "where the object is was not given, so its motion is that at the frame's centre, wrong by up to \(fixed(worst, 2)) pixels elsewhere; --position RA,DEC or --position-pixel X,Y makes it exact"
            )
        }
    }

    /// Frames that a shift cannot lay over the others at all: on the other side of the meridian, or mirrored. The larger
    /// side stays, or that of the reference frame where it is named.
    func leaveOutFlipped(_ selection: inout FrameSelection) throws(MotionStackError) {
        let frames = selection.frames
        let isNamed = fixedReference != nil || options.placement.reference != .nearestToMeanTime
        let reference = try referenceFrame(frames, times(frames).mean)
        guard let base = reference.wcs else { return }
        func side(_ frame: Frame) -> Int {
            guard let wcs = frame.wcs else { return 0 }
            return (abs(wcs.turnDegrees(against: base)) > WCSFacts.halfTurn ? 1 : 0)
                + (wcs.mirrored != base.mirrored ? 2 : 0)
        }
        let sides = frames.map(side)
        let kept = isNamed ? 0 : FrameSelection.majority(sides) ?? 0
        guard let example = zip(frames, sides).first(where: { $0.1 == kept })?.0, let other = example.wcs else {
            return
        }
        selection.leaveOut { frame in
            guard side(frame) != kept, let wcs = frame.wcs else { return nil }
            return wcs.mirrored != other.mirrored
                ? .init(
                    .plateSolution, "mirrored against the others",
                    "mirrored against \(example.name): a shift cannot lay it over the others",
                    remedy: "mirror these frames first, or stack them apart")
                : .init(
                    .plateSolution, "on the other side of the meridian",
                    "turned by \(fixed(abs(wcs.turnDegrees(against: other)), 1)) degrees against \(example.name), as after a flip at the meridian: a shift cannot lay it over the others",
                    remedy:
                        "stack the two sides of the meridian apart, or turn these frames by 180 degrees and solve them again"
                )
        }
    }
}
