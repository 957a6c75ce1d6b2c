internal import Files
internal import Glibc

/// The observer's place as a header tells it.
public struct HeaderSite: Codable, Hashable, Sendable {
    /// Nil where the header has none.
    public var site: Site?
    /// The cards that it comes from: "OBSCODE", "SITELAT, SITELONG".
    public var source: String
    public var warnings: [String]
}

extension Site {
    /// The site that a header names: an MPC code (OBSCODE, MPCCODE), OBSGEO-X/Y/Z, OBSGEO-L/B/H, or longitude, latitude
    /// and altitude under the names in use (LONG-OBS, SITELONG, LONGITUD...), in degrees, never hours.
    ///
    /// East and West in values and comments are obeyed. A code that contradicts the coordinates wins, with a warning.
    public static func fromHeader(_ header: some HeaderValues) -> HeaderSite {
        var warnings: [String] = []
        let placed = coordinates(header, &warnings)
        for keyword in ["OBSCODE", "MPCCODE", "MPC-CODE", "OBS-CODE"] {
            guard let text = codeText(header, keyword) else { continue }
            guard let site = Site.code(text) else {
                do {
                    _ = try Site.named(text)
                } catch {
                    warnings.append("\(keyword): \(error.detail)")
                }
                continue
            }
            if let placed, !site.isGeocentre {
                warnings += contradiction(site, keyword, placed.site, placed.source)
            }
            return HeaderSite(site: site, source: keyword, warnings: warnings)
        }
        return HeaderSite(site: placed?.site, source: placed?.source ?? "", warnings: warnings)
    }

    /// A code is text; numbers lose their zeros on the way ("7" for "007").
    private static func codeText(_ header: some HeaderValues, _ keyword: String) -> String? {
        switch header.headerValue(keyword) {
        case .string(let text)?:
            let code = text.trimmed
            return code.utf8.count == 3 ? code : nil
        case .number(let value, _)? where value >= 0 && value < 1000 && value == value.rounded():
            return padded(Int(value), 3)
        default: return nil
        }
    }

    private static func contradiction(
        _ code: Site, _ keyword: String, _ placed: Site, _ source: String
    ) -> [String] {
        guard let codeLatitude = code.latitudeDegrees, let latitude = placed.latitudeDegrees else { return [] }
        let turn = abs(remainder(code.longitudeDegrees - placed.longitudeDegrees, 360))
        guard turn > 0.1 || abs(codeLatitude - latitude) > 0.1 else { return [] }
        let flipped = abs(remainder(code.longitudeDegrees + placed.longitudeDegrees, 360)) <= 0.1
        return [
            "\(source) (\(fixed(placed.longitudeDegrees, 4)), \(fixed(latitude, 4))) contradict \(keyword) \(code.code ?? "")"
                + " (\(fixed(code.longitudeDegrees, 4)), \(fixed(codeLatitude, 4))): the code is used"
                + (flipped ? "; the header's longitude seems to count west positive" : "")
        ]
    }

    private static func coordinates(
        _ header: some HeaderValues, _ warnings: inout [String]
    ) -> (site: Site, source: String)? {
        if let x = header.headerNumber("OBSGEO-X")?.value, let y = header.headerNumber("OBSGEO-Y")?.value,
            let z = header.headerNumber("OBSGEO-Z")?.value
        {
            let radius = (x * x + y * y + z * z).squareRoot()
            if radius > 6_300_000, radius < 6_480_000 {
                let site = Site(
                    code: nil, longitudeDegrees: atan2(y, x) * 180 / .pi,
                    rhoCosPhi: hypot(x, y) / earthRadiusMetres, rhoSinPhi: z / earthRadiusMetres)
                return (site, "OBSGEO-X, OBSGEO-Y, OBSGEO-Z")
            }
            if radius > 0 { warnings.append("OBSGEO-X, -Y, -Z are no place on the ground: not used") }
        }
        let sets: [(longitude: String, latitude: String, altitudes: [String])] = [
            ("OBSGEO-L", "OBSGEO-B", ["OBSGEO-H"]), ("LONG-OBS", "LAT-OBS", ["ALT-OBS"]),
            ("SITELONG", "SITELAT", ["SITEELEV", "SITEALT"]), ("SITELON", "SITELAT", ["SITEELEV", "SITEALT"]),
            ("LONGITUD", "LATITUDE", ["ALTITUDE", "HEIGHT", "ELEVATIO"]),
            ("OBSLONG", "OBSLAT", ["OBSALT", "OBSELEV"]), ("GEOLON", "GEOLAT", ["GEOELEV", "GEOALT"]),
        ]
        for names in sets {
            guard let longitude = angle(header, names.longitude, isLongitude: true, &warnings),
                let latitude = angle(header, names.latitude, isLongitude: false, &warnings)
            else { continue }
            // 0, 0 is what programs write that were never told.
            guard longitude != 0 || latitude != 0 else {
                warnings.append("\(names.longitude) and \(names.latitude) are 0: not used")
                continue
            }
            var altitude = 0.0
            var source = "\(names.longitude), \(names.latitude)"
            if let name = names.altitudes.first(where: { header.headerNumber($0) != nil }),
                let value = header.headerNumber(name)?.value
            {
                if (-500...9000).contains(value) {
                    altitude = value
                    source += ", \(name)"
                } else {
                    warnings.append("\(name) = \(fixed(value, 1)) is no altitude in metres: taken as 0")
                }
            }
            do throws(SkyError) {
                let site = try Site(
                    longitudeDegrees: longitude, latitudeDegrees: latitude, altitudeMetres: altitude)
                return (site, source)
            } catch {
                warnings.append("\(source): \(error.detail)")
            }
        }
        return nil
    }

    /// Degrees, east and north positive.
    private static func angle(
        _ header: some HeaderValues, _ keyword: String, isLongitude: Bool, _ warnings: inout [String]
    ) -> Double? {
        var degrees: Double
        switch header.headerValue(keyword) {
        case .number(let value, _)? where value.isFinite: degrees = value
        case .string(let text)?:
            guard let value = headerDegrees(text, isLongitude: isLongitude) else { return nil }
            degrees = value
        default: return nil
        }
        guard abs(degrees) <= (isLongitude ? 360 : 90) else {
            warnings.append("\(keyword) = \(fixed(degrees, 3)) is no angle of a site: not used")
            return nil
        }
        guard isLongitude, let comment = header.headerComment(keyword)?.lowercased() else { return degrees }
        let (east, west) = (comment.contains("east"), comment.contains("west"))
        if west, !east, degrees > 0 {
            warnings.append(
                "\(keyword) = \(fixed(degrees, 4)) counts west positive by its comment: taken as \(fixed(-degrees, 4))")
            degrees = -degrees
        }
        return degrees
    }

    /// "3.69361", "149 03 52", "+71 29 06.00", "-22:57:08:99" (hundredths last), "111 32 08 W".
    static func headerDegrees(_ text: String, isLongitude: Bool) -> Double? {
        let trimmed = text.trimmed
        let fields = trimmed.split(separator: ":", omittingEmptySubsequences: false)
        if fields.count == 4, fields[3].isAllDigits {
            return Angle.degrees("\(fields[0]):\(fields[1]):\(fields[2]).\(fields[3])", east: isLongitude)
        }
        return Angle.degrees(trimmed, east: isLongitude)
    }
}
