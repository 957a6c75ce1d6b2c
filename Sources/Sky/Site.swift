internal import CERFA
internal import Glibc

/// Where the observer stands: longitude and the MPC's parallax constants; latitude and altitude on WGS84 where they
/// have a meaning.
public struct Site: Codable, Hashable, Sendable {
    /// MPC code, nil for a place given by coordinates.
    public var code: String?
    /// East positive, -180..<180.
    public var longitudeDegrees: Double
    /// Geodetic, north positive; nil for the geocentre.
    public var latitudeDegrees: Double?
    /// Above the ellipsoid; nil for the geocentre.
    public var altitudeMetres: Double?
    /// Distance from the Earth's axis, in Earth radii of 6378.137 km.
    public var rhoCosPhi: Double
    /// Distance north of the equator's plane, in Earth radii of 6378.137 km.
    public var rhoSinPhi: Double

    public static let earthRadiusMetres = 6_378_137.0

    /// A place on or above WGS84. Throws `.badSite` for a latitude beyond 90, a longitude beyond 360 degrees, or an
    /// altitude that no observer has (below -500 m, above 100 km).
    public init(longitudeDegrees: Double, latitudeDegrees: Double, altitudeMetres: Double) throws(SkyError) {
        guard abs(longitudeDegrees) <= 360, abs(latitudeDegrees) <= 90, (-500...100_000).contains(altitudeMetres) else {
            throw SkyError(
                .badSite, operation: "take the site",
                subject: "\(longitudeDegrees),\(latitudeDegrees),\(altitudeMetres)",
                detail: "longitude is -180 to 360 degrees (east positive), latitude -90 to 90, altitude in metres")
        }
        let longitude = longitudeDegrees - 360 * ((longitudeDegrees + 180) / 360).rounded(.down)
        var place = (0.0, 0.0, 0.0)
        let status = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: Double.self, capacity: 3) {
                eraGd2gc(
                    1, longitude / degreesPerRadian, latitudeDegrees / degreesPerRadian, altitudeMetres, $0)
            }
        }
        guard status == 0 else {
            throw SkyError(.badSite, operation: "take the site", detail: "ERFA refuses it (status \(status))")
        }
        self.code = nil
        self.longitudeDegrees = longitude
        self.latitudeDegrees = latitudeDegrees
        self.altitudeMetres = altitudeMetres
        self.rhoCosPhi = hypot(place.0, place.1) / Self.earthRadiusMetres
        self.rhoSinPhi = place.2 / Self.earthRadiusMetres
    }

    /// A site of the MPC's list. Latitude and altitude follow from the constants (to some metres).
    public init(code: String?, longitudeDegrees: Double, rhoCosPhi: Double, rhoSinPhi: Double) {
        self.code = code
        self.longitudeDegrees = longitudeDegrees - 360 * ((longitudeDegrees + 180) / 360).rounded(.down)
        self.rhoCosPhi = rhoCosPhi
        self.rhoSinPhi = rhoSinPhi
        guard hypot(rhoCosPhi, rhoSinPhi) > 0.9 else { return }
        var place = (rhoCosPhi * Self.earthRadiusMetres, 0.0, rhoSinPhi * Self.earthRadiusMetres)
        var longitude = 0.0
        var latitude = 0.0
        var altitude = 0.0
        let status = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: Double.self, capacity: 3) { eraGc2gd(1, $0, &longitude, &latitude, &altitude) }
        }
        guard status == 0 else { return }
        latitudeDegrees = latitude * degreesPerRadian
        altitudeMetres = altitude
    }

    /// Whether this is the Earth's centre (MPC code 500).
    public var isGeocentre: Bool { rhoCosPhi == 0 && rhoSinPhi == 0 }
}
