internal import Files
internal import FITS
internal import Sky

/// Where the object is: tracks of tables, of sources that must know the run, of constant rates.
extension Placer {
    func fixedTrack(_ frames: [Frame]) throws(MotionStackError) -> (any MotionTrack)? {
        switch motion {
        case .standard, .rate: return nil
        case .track(let track): return track
        case .tables(let paths): return try table(paths, site: ObserverSite.common(frames).site)
        case .made(let make):
            var times = frames.compactMap { $0.time?.instant }
            if case .instant(let reference) = options.placement.referenceTime, !times.isEmpty {
                times.append(reference)
            }
            let query = TrackQuery(
                object: options.targets.objectName, times: times, site: ObserverSite.common(frames).site,
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

    /// - Parameters:
    ///   - reference: the frame in which a pixel is meant.
    ///   - time: when the object is at the frame's centre where its place is not known.
    func rateTrack(
        _ reference: Frame, _ coordinates: WorldCoordinates, at time: Instant
    ) throws(MotionStackError) -> (any MotionTrack)? {
        guard case .rate(let rate, let angle, let place) = motion else { return nil }
        let position: SkyPosition
        var instant = time
        switch place {
        case .sky(let sky, let given):
            position = sky
            instant = given ?? meanOfGiven ?? time
        case .pixel(let pixel, let given):
            guard let sky = coordinates.sky(at: PixelPoint(x: pixel.x - 1, y: pixel.y - 1)) else {
                throw MotionStackError(
                    .badData,
                    "\(reference.path): pixel \(pixel.x), \(pixel.y) has no place on the sky; give --position RA,DEC")
            }
            position = sky
            instant = given ?? reference.time?.instant ?? time
        case .unknown:
            guard let center = reference.wcs?.center else { return nil }
            position = center
        }
        return ConstantMotion(
            rateArcsecPerMinute: rate, positionAngleDegrees: angle, position: position, at: instant)
    }

    /// When the place holds that a constant rate was given with; nil for other tracks.
    static func positionTime(of track: any MotionTrack) -> Instant? {
        if let refined = track as? RefinedTrack { return positionTime(of: refined.base) }
        return (track as? ConstantMotion)?.instant
    }

    /// A reference time that was asked for, and a position without one, may have been meant to go together.
    func addPositionWarning(_ placement: inout Placement) {
        guard case .rate(_, _, .sky(_, at: nil)) = options.targets.motion, options.placement.referenceTime != .mean,
            let position = placement.positionTime, let reference = placement.referenceTime,
            let rate = placement.motion?.rateArcsecPerMinute, let scale = placement.reference.frame.wcs?.scaleArcsec
        else { return }
        let arcsec = rate.magnitude * abs(reference.seconds(since: position)) / 60
        guard arcsec > 0.1 * scale else { return }
        placement.warnings.append(
            "--position is taken to hold at the mean mid-exposure of the frames given, \(position.iso(decimals: 2))Z; at the reference time the object is \(fixed(arcsec, 2)) arcsec from there. If it was measured for the reference time: --position-time \(reference.iso(decimals: 3))"
        )
    }
}
