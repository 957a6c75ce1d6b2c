import Foundation
import TestSupport

/// What the command line asks for.
struct Request {
    var sequence = SyntheticSequence()
    var folder = ""
    var threads = 2
    var quiet = false
    var moverFlux = 3000.0
    var rate = 0.5
    var angle = 60.0
    var moverOffset = SIMD2<Double>(0, 0)
    var moverPlace: SyntheticPlace?
    var hasMover = true
    var track: String?
    var comparison: SIMD2<Double>?
    var psf = "gaussian"
    var fwhm = 2.5
    var beta = 3.0
}

/// One option: its name, its value's name (empty for a flag), what it means and does.
struct Option: Sendable {
    let name: String
    let value: String
    let help: String
    let apply: @Sendable (inout Request, String) throws -> Void

    init(
        _ name: String, _ value: String = "", _ help: String,
        _ apply: @escaping @Sendable (inout Request, String) throws -> Void
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.apply = apply
    }
}

func number(_ text: String) throws -> Double {
    guard let value = Double(text), value.isFinite else { throw TestSupportError("'\(text)' is not a number") }
    return value
}

func whole(_ text: String) throws -> Int {
    guard let value = Int(text), value >= 0 else { throw TestSupportError("'\(text)' is not a count") }
    return value
}

func numbers(_ text: String, _ count: Int? = nil) throws -> [Double] {
    let values = try text.split(separator: ",", omittingEmptySubsequences: false).map { try number(String($0)) }
    if let count, values.count != count { throw TestSupportError("'\(text)': \(count) numbers with commas expected") }
    return values
}

func size(_ text: String) throws -> (Int, Int) {
    let parts = try text.lowercased().split(separator: "x").map { try whole(String($0)) }
    guard parts.count == 2, parts[0] > 0, parts[1] > 0 else { throw TestSupportError("'\(text)' is not a size WxH") }
    return (parts[0], parts[1])
}

func choice<Value: RawRepresentable & CaseIterable>(_ text: String, _ type: Value.Type) throws -> Value
where Value.RawValue == String {
    guard let value = Value(rawValue: text) else {
        throw TestSupportError("'\(text)' is none of " + Value.allCases.map { $0.rawValue }.joined(separator: ", "))
    }
    return value
}

func card(_ text: String) throws -> SyntheticCard {
    guard let value = SyntheticCard(parsing: text) else { throw TestSupportError("'\(text)' is not KEY=VALUE") }
    return value
}

/// INDEX:KIND[:DETAIL], index from 1.
func fault(_ text: String) throws -> (Int, SyntheticSequence.Fault) {
    let words = text.split(separator: ":", maxSplits: 2).map { String($0) }
    guard words.count >= 2, let index = Int(words[0]), index > 0 else {
        throw TestSupportError("'\(text)' is not INDEX:KIND[:DETAIL], INDEX from 1")
    }
    let detail = words.count > 2 ? words[2] : nil
    switch words[1] {
    case "truncated": return (index - 1, .truncated(try number(detail ?? "0.6")))
    case "garbage": return (index - 1, .garbage)
    case "no-time": return (index - 1, .noTime)
    case "no-wcs": return (index - 1, .noWorld)
    case "size":
        let (width, height) = try size(detail ?? "100x80")
        return (index - 1, .size(width: width, height: height))
    case "type": return (index - 1, .imageType(detail ?? "Dark Frame"))
    case "product": return (index - 1, .product)
    case "elsewhere": return (index - 1, .elsewhere(try number(detail ?? "5")))
    case "card": return (index - 1, .cards([try card(detail ?? "")]))
    default:
        throw TestSupportError(
            "'\(words[1])' is none of truncated, garbage, no-time, no-wcs, size, type, product, elsewhere, card")
    }
}

/// Groups of options under their titles; help and parsing come from this one list.
let optionGroups: [(title: String, options: [Option])] = [
    (
        "Frames",
        [
            Option("count", "N", "frames (10)") { $0.sequence.count = try whole($1) },
            Option("size", "WxH", "pixels (256x256)") { ($0.sequence.width, $0.sequence.height) = try size($1) },
            Option(
                "type", "NAME", "uint8 int8 int16 uint16 int32 uint32 int64 uint64 float32 float64 (uint16)"
            ) { $0.sequence.sampleType = try choice($1, SyntheticSequence.SampleType.self) },
            Option("bitpix", "N", "8, 16, 32, 64, -32, -64: the unsigned type for 8, else the signed one") {
                let names = ["8": "uint8", "16": "int16", "32": "int32", "64": "int64", "-32": "float32"]
                $0.sequence.sampleType = try choice(names[$1] ?? "float64", SyntheticSequence.SampleType.self)
                if names[$1] == nil, $1 != "-64" { throw TestSupportError("BITPIX \($1) does not exist") }
            },
            Option("bscale", "X", "BSCALE of integer types (1)") { $0.sequence.bscale = try number($1) },
            Option("quantum", "ADU", "samples are multiples of this; 12-bit cameras: 16 (0)") {
                $0.sequence.quantum = try number($1)
            },
            Option("extension", "", "image in the first extension, times in the primary header") { request, _ in
                request.sequence.inExtension = true
            },
            Option("gz", "", "write .fits.gz") { request, _ in request.sequence.compressed = true },
            Option("prefix", "TEXT", "files are PREFIXnnnn.fits (frame_)") { $0.sequence.prefix = $1 },
            Option("seed", "N", "another night (1)") { $0.sequence.seed = UInt64(try whole($1)) },
            Option("threads", "N", "(2); no influence on the files") { $0.threads = max(1, try whole($1)) },
            Option(
                "fault", "I:KIND[:X]",
                "spoil frame I (from 1): truncated:SHARE garbage no-time no-wcs size:WxH type:TEXT product "
                    + "elsewhere:DEGREES card:KEY=VALUE; may be repeated"
            ) {
                let (index, kind) = try fault($1)
                $0.sequence.faults[index] = kind
            },
            Option("quiet", "", "print nothing") { request, _ in request.quiet = true },
        ]
    ),
    (
        "Time",
        [
            Option("start", "UTC", "start of the first exposure (2025-01-18T02:12:08.25)") {
                guard let moment = SyntheticMoment(iso: $1) else { throw TestSupportError("'\($1)' is not a time") }
                $0.sequence.start = moment
            },
            Option("exposure", "S[,S...]", "exposure times in turn (60)") {
                $0.sequence.exposures = try numbers($1)
                if $0.sequence.exposures.contains(where: { $0 <= 0 }) {
                    throw TestSupportError("exposures must be over 0")
                }
            },
            Option("cadence", "S", "from start to start (exposure + overhead)") {
                $0.sequence.cadence = try number($1)
            },
            Option("overhead", "S", "between exposures (5)") { $0.sequence.overhead = try number($1) },
            Option("time-cards", "FORM", "full, date (with UTCSTART), mjd, avg, beg-end, jd, none (full)") {
                $0.sequence.timeForm = try choice($1, SyntheticSequence.TimeForm.self)
            },
            Option("time-decimals", "N", "of the second, 0 to 6 (3)") {
                $0.sequence.timeDecimals = min(6, try whole($1))
            },
        ]
    ),
    (
        "Sky",
        [
            Option("centre", "RA,DEC", "ICRS degrees (124.6,25.3)") {
                let v = try numbers($1, 2)
                $0.sequence.centre = SyntheticPlace(raDegrees: v[0], decDegrees: v[1])
            },
            Option("scale", "ARCSEC", "a pixel (1)") { $0.sequence.scaleArcsec = try number($1) },
            Option("rotation", "DEG", "position angle of the +y axis (0: north up)") {
                $0.sequence.rotationDegrees = try number($1)
            },
            Option("mirror", "", "east is right when north is up") { request, _ in request.sequence.mirrored = true },
            Option("field-rotation", "DEG", "an hour (0)") { $0.sequence.fieldRotation = try number($1) },
            Option("dither", "PIXELS", "largest offset in each axis, at random (0)") {
                $0.sequence.dither = try number($1)
            },
            Option("dither-pattern", "", "on a square spiral of that step instead") { request, _ in
                request.sequence.ditherPattern = true
            },
            Option("offset", "DX,DY", "pointing of the next frame in pixels; may be repeated") {
                let v = try numbers($1, 2)
                $0.sequence.offsets.append(SIMD2(v[0], v[1]))
            },
            Option(
                "wcs", "WORDS",
                "with commas: cd, pc, crota or none; sip, tpv or tan-pv; quoted; icrs or fk5 (cd,icrs)"
            ) { try world(&$0, $1) },
            Option("distortion", "PIXELS", "at the corners, with sip and tpv (3)") {
                $0.sequence.distortionPixels = try number($1)
            },
            Option("site", "LON,LAT,ALT", "east degrees, metres; 'none' (-111.5355,35.0968,2206)") {
                if $1 == "none" { $0.sequence.site = nil; return }
                let v = try numbers($1, 3)
                $0.sequence.site = SIMD3(v[0], v[1], v[2])
            },
            Option("site-cards", "FORM", "sitelat, sexagesimal, obsgeo, none (sitelat)") {
                $0.sequence.siteForm = try choice($1, SyntheticSequence.SiteForm.self)
            },
        ]
    ),
    (
        "Light (ADU of a frame of the first exposure time; others in proportion)",
        [
            Option("flux", "ADU", "of the mover (3000)") { $0.moverFlux = try number($1) },
            Option("rate", "ARCSEC/MIN", "of the mover (0.5)") { $0.rate = try number($1) },
            Option("pa", "DEG", "of its motion, north through east (60)") { $0.angle = try number($1) },
            Option("mover-offset", "DX,DY", "pixels from the centre at the mean time (0,0)") {
                let v = try numbers($1, 2)
                $0.moverOffset = SIMD2(v[0], v[1])
            },
            Option("mover-place", "RA,DEC", "at the mean time, instead") {
                let v = try numbers($1, 2)
                $0.moverPlace = SyntheticPlace(raDegrees: v[0], decDegrees: v[1])
            },
            Option("track", "CSV", "the mover follows this table (time,ra,dec; UTC, degrees)") { $0.track = $1 },
            Option("no-mover", "", "stars alone") { request, _ in request.hasMover = false },
            Option("clouds", "SHARE[,SHARE...]", "what they leave of the light of sources, frame by frame in turn (1)")
            {
                $0.sequence.transparencies = try numbers($1)
                if $0.sequence.transparencies.contains(where: { $0 < 0 }) {
                    throw TestSupportError("light must be at least 0")
                }
            },
            Option("comparison", "DX,DY", "a star of the mover's flux, pixels from the centre") {
                let v = try numbers($1, 2)
                $0.comparison = SIMD2(v[0], v[1])
            },
            Option("psf", "NAME", "gaussian, moffat (gaussian)") {
                guard ["gaussian", "moffat"].contains($1) else { throw TestSupportError("unknown PSF '\($1)'") }
                $0.psf = $1
            },
            Option("fwhm", "PIXELS", "(2.5)") { $0.fwhm = try number($1) },
            Option("beta", "X", "of the Moffat profile (3)") { $0.beta = try number($1) },
            Option("stars", "N", "in a frame (60)") { $0.sequence.stars = try whole($1) },
            Option("star-flux", "LOW,HIGH", "numbers fall as 1/flux (500,50000)") {
                let v = try numbers($1, 2)
                guard v[0] > 0, v[0] <= v[1] else { throw TestSupportError("'\($1)' is not LOW,HIGH") }
                $0.sequence.starFlux = v[0]...v[1]
            },
            Option("clearance", "PIXELS", "no star nearer to the mover's track (0)") {
                $0.sequence.clearance = try number($1)
            },
            Option("sky", "ADU", "(400)") { $0.sequence.sky = try number($1) },
            Option("sky-rise", "ADU", "added from frame to frame (0)") { $0.sequence.skyRise = try number($1) },
            Option("gradient", "X,Y", "of the sky over the frame (0,0)") {
                let v = try numbers($1, 2)
                $0.sequence.skyGradient = SIMD2(v[0], v[1])
            },
            Option("vignetting", "SHARE", "of the sky lost in the corners (0)") {
                $0.sequence.vignetting = try number($1)
            },
            Option("bias", "ADU", "(100)") { $0.sequence.bias = try number($1) },
        ]
    ),
    (
        "Camera",
        [
            Option("no-noise", "", "exact light") { request, _ in request.sequence.noise = false },
            Option("gain", "E/ADU", "(1.5)") { $0.sequence.gain = try number($1) },
            Option("read-noise", "E", "(6)") { $0.sequence.readNoise = try number($1) },
            Option("cosmic-rays", "N", "mean number a frame (0)") { $0.sequence.cosmicRays = try number($1) },
            Option("hot-pixels", "N", "the same in all frames (0)") { $0.sequence.hotPixels = try whole($1) },
            Option("hot-level", "ADU", "of the hottest (5000)") { $0.sequence.hotLevel = try number($1) },
            Option("dead-border", "PIXELS", "of zeros (0)") { $0.sequence.deadBorder = try whole($1) },
            Option("missing", "SHARE", "of pixels without data (0)") { $0.sequence.missing = try number($1) },
            Option("no-data", "KIND", "nan (float types), blank (integer types), zero (by type)") {
                $0.sequence.noData = try choice($1, SyntheticSequence.NoData.self)
            },
        ]
    ),
    (
        "Header and truth",
        [
            Option("object", "TEXT", "OBJECT (2025 BC)") { $0.sequence.object = $1 },
            Option("filter", "TEXT", "FILTER (R)") { $0.sequence.filter = $1 },
            Option("imagetyp", "TEXT", "IMAGETYP (Light Frame)") { $0.sequence.imageType = $1 },
            Option("instrument", "TEXT", "INSTRUME (Synthetic)") { $0.sequence.instrument = $1 },
            Option("card", "KEY=VALUE", "in all headers; may be repeated") { $0.sequence.cards.append(try card($1)) },
            Option("ephemeris-step", "S", "of ephemeris.csv (3600)") {
                $0.sequence.ephemerisStep = try number($1)
                if $0.sequence.ephemerisStep < 1 { throw TestSupportError("ephemeris steps are 1 s or more") }
            },
        ]
    ),
]

private func world(_ request: inout Request, _ text: String) throws {
    for word in text.split(separator: ",").map({ String($0) }) {
        switch word {
        case "sip": request.sequence.distortion = .sip
        case "tpv", "tan-pv":
            request.sequence.distortion = .tpv
            request.sequence.tpvAsTan = word == "tan-pv"
        case "quoted": request.sequence.quotedNumbers = true
        case "icrs", "fk5": request.sequence.system = try choice(word, SyntheticProjection.System.self)
        default: request.sequence.worldForm = try choice(word, SyntheticSequence.WorldForm.self)
        }
    }
}
