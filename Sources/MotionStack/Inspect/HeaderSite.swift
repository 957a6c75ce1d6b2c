internal import Sky

/// The observer's place that a header gives.
enum HeaderSite {
    /// nil where no cards name one, or where they cannot be read (with a warning).
    static func read(_ header: some HeaderValues) -> (site: Site?, warnings: [String]) {
        for keyword in ["OBSCODE", "MPCCODE"] {
            if let code = text(header, keyword), let site = Site.code(code) { return (site, []) }
        }
        let forms = [
            ("OBSGEO-L", "OBSGEO-B", ["OBSGEO-H"]),
            ("SITELONG", "SITELAT", ["SITEELEV", "SITEALT"]),
            ("SITELON", "SITELAT", ["SITEELEV", "SITEALT"]),
            ("LONG-OBS", "LAT-OBS", ["ALT-OBS"]),
            ("LONGITUD", "LATITUDE", ["ALTITUDE", "HEIGHT"]),
        ]
        for (longitude, latitude, altitudes) in forms {
            guard let east = text(header, longitude), let north = text(header, latitude) else { continue }
            let height = altitudes.lazy.compactMap { text(header, $0) }.first
            do throws(SkyError) {
                let place = [east, north, height].compactMap { $0?.split(separator: ",").joined(separator: ".") }
                return (try Site(parsing: place.joined(separator: ",")), [])
            } catch {
                return (nil, ["\(longitude), \(latitude): \(error.detail)"])
            }
        }
        let axes = ["OBSGEO-X", "OBSGEO-Y", "OBSGEO-Z"].compactMap { number(header, $0) }
        guard axes.count == 3, axes.contains(where: { $0 != 0 }) else { return (nil, []) }
        return (Site(geocentricMetres: SIMD3(axes[0], axes[1], axes[2])), [])
    }

    private static func text(_ header: some HeaderValues, _ keyword: String) -> String? {
        let text: String? =
            switch header.headerValue(keyword) {
            case .string(let text)?: text.trimmedBlanks
            case .number(_, let text)?: text.trimmedBlanks
            default: nil
            }
        return text?.isEmpty == false ? text : nil
    }

    private static func number(_ header: some HeaderValues, _ keyword: String) -> Double? {
        if case .number(let value, _)? = header.headerValue(keyword) { value } else { nil }
    }
}

extension Site {
    /// A place in the Earth's own axes (x to Greenwich on the equator, z to the north pole).
    init(geocentricMetres place: SIMD3<Double>) {
        let flat = (place.x * place.x + place.y * place.y).squareRoot()
        self.init(
            code: nil, longitudeDegrees: SkyPosition(vector: SIMD3(place.x, place.y, 0)).raDegrees,
            rhoCosPhi: flat / Self.earthRadiusMetres, rhoSinPhi: place.z / Self.earthRadiusMetres)
    }
}
