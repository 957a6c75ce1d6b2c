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
                width: frame.raster.width, height: frame.raster.height)
            let error = mapper.departure(of: map, near: held)
            placed.append(.init(frame: frame, sky: sky, place: place, map: map, mapError: error.whole))
        }
        let referencePlaced = placed.first { $0.frame.givenIndex == reference.givenIndex }
        guard
            referencePlaced != nil || !unplaced.isEmpty
                || !frames.contains(where: { $0.givenIndex == reference.givenIndex })
        else {
            throw MotionStackError(.badData, "\(frame.path): the reference frame cannot be placed")
        }
        let own = OutputGrid(x: 0, y: 0, width: frame.raster.width, height: frame.raster.height)
        for item in placed
        where !item.map.overlaps(own, width: item.frame.raster.width, height: item.frame.raster.height) {
            noOverlap[item.frame.givenIndex] =
                "no overlap: shift of \(fixed(item.map.dx, 1)), \(fixed(item.map.dy, 1)) pixels"
        }
        let near = placed.filter { noOverlap[$0.frame.givenIndex] == nil }
        let grid: OutputGrid
        if let fixedGrid { grid = fixedGrid } else { grid = try outputGrid(near, reference: frame, held: held) }
        for item in near
        where !item.map.overlaps(grid, width: item.frame.raster.width, height: item.frame.raster.height) {
            noOverlap[item.frame.givenIndex] =
                "no overlap: shift of \(fixed(item.map.dx, 1)), \(fixed(item.map.dy, 1)) pixels"
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
            reference: referencePlaced ?? .init(frame: reference, sky: nil, place: nil, map: .identity, mapError: nil),
            referenceTime: time, meanTime: nil, grid: grid,
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

    func mapWarnings(_ placed: [Placement.PlacedFrame], unknownPlace: Bool) -> [String] {
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
}
