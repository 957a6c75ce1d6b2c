internal import Files
internal import FITS
internal import Sky

/// Whether site, clock and exposures go with the track.
extension Placer {
    /// The site of the run; that of the table where neither user nor headers give one.
    func observer(_ frames: [Frame], track: (any MotionTrack)?) -> (site: Site?, warnings: [String]) {
        let common = ObserverSite.common(frames)
        return (common.site ?? track?.observer, common.warnings)
    }

    /// The tables of one object, joined where there are several.
    func table(_ paths: [String], site: Site?) throws(MotionStackError) -> any MotionTrack {
        var tables: [EphemerisTable] = []
        for path in paths { tables.append(try table(path, site: site)) }
        if tables.count == 1 { return tables[0] }
        do throws(SkyError) { return try JoinedTables(tables) } catch { throw Self.carried(error) }
    }

    /// A table for this run's observer. Throws `.usage` for one from the Earth's centre when it is not known who observes.
    private func table(_ path: String, site: Site?) throws(MotionStackError) -> EphemerisTable {
        let table: EphemerisTable
        do throws(SkyError) {
            table = try EphemerisTable.read(path: path, site: site)
        } catch { throw Self.carried(error) }
        if site == nil, table.observer?.isGeocentre == true {
            throw MotionStackError(
                .usage,
                "\(path): was made for the geocentre, and the headers do not say where the frames were taken: give --site CODE or --site LON,LAT,ALT; --site 500 takes it as it is"
            )
        }
        return table
    }

    /// Looks at Sun, target and sidereal time of the first and the last frame, and names the flip or the offset that would agree.
    ///
    /// Throws `.badData` where the places of the object depend on the site (elements, services); a rate or a table of places does not,
    /// and a warning is enough, unless `strict`.
    func checkSite(_ placement: inout Placement) throws(MotionStackError) {
        guard !options.input.trustsSite, let site = placement.site, !site.isGeocentre else { return }
        var ends = [placement.frames.first, placement.frames.last].compactMap { $0 }
        if placement.frames.count == 1 { ends.removeLast() }
        for placed in ends {
            guard let time = placed.frame.time else { continue }
            let check = SiteCheck(
                header(of: placed.frame), instant: time.instant, exposureSeconds: time.exposureSeconds,
                target: placed.sky, site: site)
            guard let error = check.error(for: placed.frame.path) else { continue }
            if case .made = motion { throw Self.carried(error) }
            if options.input.strict { throw Self.carried(error) }
            placement.warnings.append(error.description)
            return
        }
    }

    /// The frame's header once more; none where it cannot be read again.
    private func header(of frame: Frame) -> HeaderAdapter {
        HeaderAdapter(header: (try? headers.header(frame.givenIndex)) ?? Header())
    }

    /// How wide stars are in a frame, as its header says.
    func starWidth(of frame: Frame) -> StarWidth? { StarWidth.fullWidth(header(of: frame)) }

    /// How far the object moves within each exposure, pixels, and a warning where that is long: above half the width of the
    /// stars where the header of the reference frame has it. No track removes it.
    func addTrails(_ placement: inout Placement, track: any MotionTrack) {
        var trails: [(pixels: Double, name: String)] = []
        for index in placement.frames.indices {
            let frame = placement.frames[index].frame
            guard let time = frame.time, let exposure = time.exposureSeconds, let scale = frame.wcs?.scaleArcsec,
                scale > 0, let motion = try? track.motion(at: time.instant)
            else { continue }
            let pixels = motion.rateArcsecPerMinute.magnitude * exposure / 60 / scale
            placement.frames[index].trailPixels = pixels
            trails.append((pixels, frame.name))
        }
        guard let longest = trails.max(by: { $0.pixels < $1.pixels }), longest.pixels > Self.shortestTrail else {
            return
        }
        let reference = placement.reference.frame
        let width = reference.wcs.flatMap { wcs in
            starWidth(of: reference)?.pixels(scaleArcsec: wcs.scaleArcsec)
        }
        let limit = width.map { $0 / 2 } ?? Self.longestTrail
        guard longest.pixels > limit else { return }
        let measure = width == nil ? "\(fixed(limit, 1))" : "half the stars' width, \(fixed(limit, 1)),"
        placement.warnings.append(
            "the object trails by \(fixed(longest.pixels, 1)) pixels within one exposure (\(longest.name); above \(measure) in \(trails.count { $0.pixels > limit }) of \(placement.frames.count) frames): no track removes that, shorter exposures do"
        )
    }

    /// Where the width of the stars is not known.
    static let longestTrail = 1.5
    /// What is below is no trail to warn of, however sharp the stars are; the header need not be read for it.
    static let shortestTrail = 0.15
}
