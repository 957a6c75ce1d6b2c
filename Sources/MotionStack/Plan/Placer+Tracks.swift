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

    func rateTrack(
        _ reference: Frame, _ coordinates: WorldCoordinates, at time: Instant
    ) throws(MotionStackError) -> (any MotionTrack)? {
        guard case .rate(let rate, let angle, let place) = motion else { return nil }
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
}
