internal import Files
internal import Glibc

/// The plate solution of one frame: pixels to ICRS places and back, with all distortions (SIP, TPV).
///
/// Owner of a wcslib struct: not safe to share between threads, for planning only. Made from parsed card values, so
/// numbers in quotes count; CD wins over PC and over CDELT with CROTA2; TAN with PV terms as SCAMP writes it is TPV.
/// Table look-up distortions (CPDIS, D2IM) are not applied, with a warning.
public final class WorldCoordinates {
    public let width: Int
    public let height: Int
    /// CTYPE1 and CTYPE2 as they are in the header.
    public let ctype: [String]
    /// Geometric mean of the two scales at the frame's centre, arcsec a pixel.
    public let scaleArcsec: Double
    /// Position angle of the frame's +y at its centre: degrees from north through east, 0..<360.
    public let rotationDegrees: Double
    /// Whether east is to the right when north is up.
    public let mirrored: Bool
    /// "SIP order 3", "TPV order 3", or nil.
    public let distortion: String?
    /// The system that the cards are in; places are ICRS whatever it is.
    public let systemName: String
    public let warnings: [String]

    let cards: PlateCards
    let axes: SkyAxes
    let sip: SIPDistortion?
    let tpv: TPVDistortion?
    private let system: SkySystem
    private let projection: Projection
    /// Plane (longitude, latitude) by pixel from CRPIX, degrees, and its inverse.
    private let matrix: [Double]
    private let inverse: [Double]
    /// Added to the plane's latitude: the old GLS counts from the equator.
    private let planeOffset: Double

    /// Throws `.noWCS` with the reason: no plate solution in the sense of the program (no scale, PLTSOLVD = F, not the
    /// axes of the sky, 0.02 to 120 arcsec a pixel not kept, or the way pixel - sky - pixel not closing to 1e-6 pixel
    /// at nine points of the frame). `lenient` takes PC without CDELT too; agreement with other frames is not seen here.
    public convenience init(
        _ header: some HeaderValues, width: Int, height: Int, lenient: Bool = false
    ) throws(SkyError) {
        var further: [String] = []
        let lookups = ["CPDIS1", "CPDIS2", "D2IMDIS1", "D2IMDIS2", "CQDIS1", "CQDIS2"]
        if lookups.contains(where: { header.headerValue($0) != nil }) {
            further.append("look-up table distortions (CPDIS, D2IM) are not applied")
        }
        try self.init(
            PlateCards(header, lenient: lenient), width: width, height: height, furtherWarnings: further)
    }

    init(_ cards: PlateCards, width: Int, height: Int, furtherWarnings: [String]) throws(SkyError) {
        guard width > 0, height > 0 else { throw PlateCards.unusable("the frame has no pixels") }
        self.width = width
        self.height = height
        self.cards = cards
        ctype = cards.ctype
        let axes = try SkyAxes(ctype: cards.ctype, cunit: cards.cunit)
        self.axes = axes
        let (system, systemWarning) = try axes.system(radesys: cards.radesys, equinox: cards.equinox)
        self.system = system
        systemName = system.name
        var warnings = cards.warnings + furtherWarnings
        if let systemWarning { warnings.append(systemWarning) }

        let longitude = axes.longitudeAxis
        let latitude = 1 - longitude
        let factor = axes.degreesPerUnit
        let m = [longitude, latitude].flatMap { axis in
            (0...1).map { cards.matrix[axis * 2 + $0] * factor[axis] }
        }
        let determinant = m[0] * m[3] - m[1] * m[2]
        // A matrix whose rows are nearly parallel has lost its second direction to rounding.
        let size = max(abs(m[0] * m[3]), abs(m[1] * m[2]))
        guard determinant.isFinite, abs(determinant) > 1e-12 * size, determinant != 0 else {
            throw PlateCards.unusable("the scale matrix is singular")
        }
        matrix = m
        inverse = [m[3] / determinant, -m[1] / determinant, -m[2] / determinant, m[0] / determinant]

        let distortion = PlateDistortion(cards: cards, axes: axes)
        sip = distortion.sip
        tpv = distortion.tpv
        self.distortion = distortion.name
        warnings += distortion.warnings

        let crval = [cards.crval[longitude] * factor[longitude], cards.crval[latitude] * factor[latitude]]
        guard abs(crval[1]) <= 90, abs(crval[0]) <= 720 else {
            throw PlateCards.unusable("CRVAL \(crval[0]), \(crval[1]) is no place on the sky")
        }
        // PV terms that are a distortion, or that SIP replaces, are none of the projection's.
        let ownTerms = distortion.tpv == nil && !(axes.projection == "TAN" && distortion.sip != nil)
        var parameters = ownTerms ? cards.pv[latitude] : [:]
        let fiducial = ownTerms ? cards.pv[longitude] : [:]
        var code = axes.projection
        var referenceLatitude = crval[1]
        var offset = 0.0
        switch code {
        case "TPV": code = "TAN"
        case "NCP":
            code = "SIN"
            let sine = sin(crval[1] / degreesPerRadian)
            guard sine != 0 else { throw PlateCards.unusable("NCP has no place on the equator") }
            parameters = [1: 0, 2: cos(crval[1] / degreesPerRadian) / sine]
        case "GLS":
            code = "SFL"
            offset = crval[1]
            referenceLatitude = 0
        default: break
        }
        planeOffset = offset
        projection = try Projection(
            code: code, longitude: crval[0], latitude: referenceLatitude,
            poleLongitude: cards.lonpole ?? fiducial[3], poleLatitude: cards.latpole ?? fiducial[4],
            parameters: parameters, fiducial: fiducial)
        self.warnings = warnings
        // All stored properties must have values before the solution can be asked for its own scale.
        let probe = try PlateProbe(
            width: width, height: height,
            sky: { [projection, matrix, sip, tpv] pixel in
                WorldCoordinates.sky(
                    at: pixel, crpix: cards.crpix, matrix: matrix, sip: sip, tpv: tpv, offset: offset,
                    projection: projection, system: system)
            })
        scaleArcsec = probe.scaleArcsec
        rotationDegrees = probe.rotationDegrees
        mirrored = probe.mirrored
        try checkRoundTrip()
    }

    /// The ICRS place of a pixel; nil outside the projection.
    public func sky(at pixel: PixelPoint) -> SkyPosition? {
        Self.sky(
            at: pixel, crpix: cards.crpix, matrix: matrix, sip: sip, tpv: tpv, offset: planeOffset,
            projection: projection, system: system)
    }

    private static func sky(
        at pixel: PixelPoint, crpix: [Double], matrix: [Double], sip: SIPDistortion?, tpv: TPVDistortion?,
        offset: Double, projection: Projection, system: SkySystem
    ) -> SkyPosition? {
        var u = pixel.fitsX - crpix[0]
        var v = pixel.fitsY - crpix[1]
        if let sip {
            let mapped = sip.map(u, v)
            (u, v) = (mapped.x, mapped.y)
        }
        var x = matrix[0] * u + matrix[1] * v
        var y = matrix[2] * u + matrix[3] * v
        if let tpv {
            let mapped = tpv.map(x, y)
            (x, y) = (mapped.x, mapped.y)
        }
        guard x.isFinite, y.isFinite, let place = projection.sphere(x: x, y: y + offset) else { return nil }
        return system.icrs(longitude: place.longitude, latitude: place.latitude)
    }

    /// The pixel of an ICRS place, through the full inverse of the distortions; nil where the projection does not show
    /// the place or the distortion has no inverse there. The pixel may lie outside the frame.
    public func pixel(of sky: SkyPosition) -> PixelPoint? {
        let place = system.coordinates(of: sky)
        guard let plane = projection.plane(longitude: place.longitude, latitude: place.latitude) else { return nil }
        var x = plane.x
        var y = plane.y - planeOffset
        if let tpv {
            guard let found = tpv.inverse(x, y, tolerance: 1e-10) else { return nil }
            (x, y) = found
        }
        var u = inverse[0] * x + inverse[1] * y
        var v = inverse[2] * x + inverse[3] * y
        if let sip {
            guard let found = sip.inverse(u, v, tolerance: 1e-9) else { return nil }
            (u, v) = found
        }
        let pixel = PixelPoint(fitsX: u + cards.crpix[0], fitsY: v + cards.crpix[1])
        return pixel.x.isFinite && pixel.y.isFinite ? pixel : nil
    }

    /// The frame's corners, edge middles and centre.
    public var ninePoints: [PixelPoint] {
        let xs = [0, Double(width - 1) / 2, Double(width - 1)]
        let ys = [0, Double(height - 1) / 2, Double(height - 1)]
        return ys.flatMap { y in xs.map { PixelPoint(x: $0, y: y) } }
    }

    private func checkRoundTrip() throws(SkyError) {
        for point in ninePoints {
            guard let sky = sky(at: point) else {
                throw PlateCards.unusable(
                    "pixel \(fixed(point.fitsX, 1)), \(fixed(point.fitsY, 1)) is outside the projection")
            }
            guard let back = pixel(of: sky), max(abs(back.x - point.x), abs(back.y - point.y)) <= 1e-6 else {
                throw PlateCards.unusable(
                    "the way from pixel \(fixed(point.fitsX, 1)), \(fixed(point.fitsY, 1)) to the sky and back "
                        + "does not close")
            }
        }
    }
}
