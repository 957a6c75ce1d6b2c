internal import ArgumentParser
internal import MotionStack
internal import Sky

struct MotionArguments: ParsableArguments {
    @Flag(help: "An ordinary stack: nothing moves.")
    var standard = false

    @Option(help: ArgumentHelp("The object's name, a label.", valueName: "name"))
    var object: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Constant motion on the sky, with --pa.", valueName: "arcsec/min"),
        transform: { try Word.number($0) })
    var rate: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Position angle of the motion, degrees from north through east.", valueName: "deg"),
        transform: { try Word.number($0) })
    var pa: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --rate: where the object is at --position-time, degrees or sexagesimal.", valueName: "ra,dec"),
        transform: { text in try Word.sky { try SkyPosition(parsing: text) } })
    var position: SkyPosition?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The same as a pixel of the reference frame, 1-based as DS9 shows it.", valueName: "x,y"),
        transform: Word.pixel)
    var positionPixel: FITSPixel?

    @Option(
        help: ArgumentHelp(
            "When the object is at --position or --position-pixel, UTC. Default: the plain mean of the mid-exposures of all frames given, used or not; for a pixel the mid-exposure of the reference frame.",
            valueName: "time"),
        transform: Word.instant)
    var positionTime: Instant?

    @Option(
        help: ArgumentHelp(
            "Table of positions: CSV with a header line (time or jd, ra, dec), JPL Horizons, MPC, Find_Orb. Repeatable: one a night, for example.",
            valueName: "file"),
        completion: .file())
    var ephemeris: [String] = []

    @Option(
        help: ArgumentHelp(
            "Orbital elements: MPCORB.DAT (.gz), CometEls.txt, JPL SBDB or Horizons, Find_Orb. Repeatable. Default: the user's files.",
            valueName: "file"),
        completion: .file())
    var elements: [String] = []

    @Flag(help: "Elements: leave the planets out. The expected error says what it costs.")
    var twoBody = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The observer: an MPC code, or degrees east, degrees north, metres. Default: the headers.",
            valueName: "code or lon,lat,alt"),
        transform: { text in try Word.sky { try Site(parsing: text) } })
    var site: Site?

    @Flag(help: "Go on where the Sun, the target's altitude or sidereal time contradict site and clock.")
    var trustSite = false

    /// What the first of the other words may be the object's name for.
    var nameUse: FirstWord.NameUse { object != nil ? .taken : standard || rate != nil ? .label : .needed }

    /// Throws `.usage` for what contradicts itself, or where there is no source of motion. `service` is for an object of
    /// which nothing but the name, or an id of JPL Horizons, is given.
    func request(
        object name: String?, service: ServiceUse, horizonsID: Int? = nil
    ) throws(MotionStackError) -> MotionRequest {
        let given = [
            rate.map { _ in "--rate" }, ephemeris.first.map { _ in "--ephemeris" },
            elements.first.map { _ in "--elements" }, horizonsID.map { _ in "--horizons-id" },
        ].compactMap { $0 }
        if given.count > 1 { throw Self.usage("\(given[0]) and \(given[1]) both say how the object moves: give one") }
        if standard {
            if let extra = given.first ?? (pa != nil ? "--pa" : twoBody ? "--two-body" : nil) {
                throw Self.usage("--standard stacks without motion; leave out \(extra), or --standard")
            }
            if position != nil || positionPixel != nil || positionTime != nil {
                throw Self.usage("--standard holds no object; leave out --position, or --standard")
            }
            return .standard
        }
        if let rate {
            guard let pa else {
                throw Self.usage("--rate needs --pa DEG, the direction of the motion (degrees from north through east)")
            }
            if position != nil, positionPixel != nil {
                throw Self.usage("--position and --position-pixel both say where the object is: give one")
            }
            let place: MovingPlace =
                if let position {
                    .sky(position, at: positionTime)
                } else if let positionPixel { .pixel(positionPixel, at: positionTime) } else { .unknown }
            if place == .unknown, positionTime != nil {
                throw Self.usage("--position-time says when a position holds: give --position RA,DEC too")
            }
            return .rate(arcsecPerMinute: rate, positionAngleDegrees: pa, place: place)
        }
        if pa != nil { throw Self.usage("--pa needs --rate ARCSEC/MIN, the speed of the motion") }
        if position != nil || positionPixel != nil || positionTime != nil {
            throw Self.usage(
                "--position says where the object is; how it moves must be said too: --rate ARCSEC/MIN --pa DEG")
        }
        if !ephemeris.isEmpty { return .tables(ephemeris) }
        guard name != nil else { throw Self.usage("object name missing: give it first, or with --object") }
        guard let horizonsID else { return named(service) }
        if twoBody { throw Self.usage("--two-body is for elements; leave it out") }
        return .horizonsID(horizonsID, service: service)
    }

    /// By the name alone, or in the files of --elements.
    func named(_ service: ServiceUse) -> MotionRequest {
        elements.isEmpty
            ? .byName(service: service, isTwoBody: twoBody) : .elements(elements, isTwoBody: twoBody)
    }

    private static func usage(_ message: String) -> MotionStackError { MotionStackError(.usage, message) }
}
