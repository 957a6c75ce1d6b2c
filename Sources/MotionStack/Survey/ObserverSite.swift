internal import Files
internal import FITS
internal import Sky

/// The observer's place, as the user or the headers give it.
enum ObserverSite {
    /// Degrees in longitude or latitude from which two places contradict each other.
    static let tolerance = 0.1

    /// Of one frame. What the user gave wins; a header that contradicts it is a warning. An ordinary stack needs none.
    static func read(_ header: HeaderAdapter, _ options: IntegrationOptions) -> (site: Site?, warnings: [String]) {
        guard !options.targets.motion.isStandard else { return (options.input.site, []) }
        let found = Site.fromHeader(header)
        guard let given = options.input.site else { return (found.site, found.warnings) }
        guard let site = found.site, differ(given, site) else { return (given, []) }
        return (given, ["\(found.source) (\(text(site))) contradict the site given (\(text(given))), which is used"])
    }

    /// Of a run: what most frames say; the first of those as common.
    static func common(_ frames: [Frame]) -> (site: Site?, warnings: [String]) {
        let sites = frames.compactMap(\.site)
        guard let common = FrameSelection.majority(sites) else { return (nil, []) }
        let odd = frames.filter { $0.site.map { differ($0, common) } ?? false }
        guard let first = odd.first, let site = first.site else { return (common, []) }
        return (
            common,
            [
                "\(odd.count) of \(frames.count) frames name another site (\(first.name): \(text(site)), most: \(text(common))): that of most is used; --site says which"
            ]
        )
    }

    static func differ(_ a: Site, _ b: Site) -> Bool {
        guard let latitude = a.latitudeDegrees, let other = b.latitudeDegrees else { return false }
        var turn = abs(a.longitudeDegrees - b.longitudeDegrees)
        if turn > 180 { turn = 360 - turn }
        return turn > tolerance || abs(latitude - other) > tolerance
    }

    static func text(_ site: Site) -> String {
        let place = "\(fixed(site.longitudeDegrees, 4)), \(fixed(site.latitudeDegrees ?? 0, 4))"
        return site.code.map { "\($0): \(place)" } ?? place
    }
}
