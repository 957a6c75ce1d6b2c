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
        help: ArgumentHelp("Where the object is at the reference time: degrees or sexagesimal.", valueName: "ra,dec"),
        transform: { text in try Word.sky { try SkyPosition(parsing: text) } })
    var position: SkyPosition?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The same as a pixel of the reference frame, 1-based as DS9 shows it.", valueName: "x,y"),
        transform: Word.pixel)
    var positionPixel: FITSPixel?

    @Option(
        help: ArgumentHelp("Table of positions: CSV with a header line, time or jd, ra, dec.", valueName: "file"),
        completion: .file())
    var ephemeris: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The observer: an MPC code, or degrees east, degrees north, metres. Default: the headers.",
            valueName: "code or lon,lat,alt"),
        transform: { text in try Word.sky { try Site(parsing: text) } })
    var site: Site?

    /// Whether anything says how the object moves.
    var hasSource: Bool { rate != nil || ephemeris != nil }

    /// Throws `.usage` for what contradicts itself, or where there is no source of motion.
    func request(object name: String?) throws(MotionStackError) -> MotionRequest {
        if rate != nil, ephemeris != nil {
            throw Self.usage("--rate and --ephemeris both say how the object moves: give one")
        }
        if standard {
            if let extra = rate != nil ? "--rate" : pa != nil ? "--pa" : ephemeris != nil ? "--ephemeris" : nil {
                throw Self.usage("--standard stacks without motion; leave out \(extra), or --standard")
            }
            if position != nil || positionPixel != nil {
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
                if let position { .sky(position) } else if let positionPixel { .pixel(positionPixel) } else { .unknown }
            return .rate(arcsecPerMinute: rate, positionAngleDegrees: pa, place: place)
        }
        if pa != nil { throw Self.usage("--pa needs --rate ARCSEC/MIN, the speed of the motion") }
        if position != nil || positionPixel != nil {
            throw Self.usage(
                "--position says where the object is; how it moves must be said too: --rate ARCSEC/MIN --pa DEG")
        }
        if let ephemeris { return .table(path: ephemeris) }
        throw Self.usage(
            "no source of motion for \(name ?? "the object"): give --rate ARCSEC/MIN --pa DEG, or --ephemeris FILE with its positions; "
                + "--standard stacks without motion")
    }

    private static func usage(_ message: String) -> MotionStackError { MotionStackError(.usage, message) }
}
