internal import Files
public import MotionStack
public import Sky

/// What an object was measured to be, in words and as JSON.
public struct MeasurementReport: Sendable {
    private let measurement: ObjectMeasurement
    private let unit: String
    private let time: Instant?

    /// - Parameters:
    ///   - unit: of the image.
    ///   - time: at which it is there.
    public init(_ measurement: ObjectMeasurement, unit: String?, time: Instant?) {
        self.measurement = measurement
        self.unit = unit ?? ""
        self.time = time
    }

    /// A line each: place, sky, light.
    public var lines: [String] {
        let found = measurement
        let looked = "x \(fixed(found.expected.x, 2)), y \(fixed(found.expected.y, 2))"
        let moment = time.map { " at \($0.iso(decimals: 2)) UTC (\($0.reportDay))" } ?? ""
        guard found.isFound, let pixel = found.pixel, let flux = found.flux else {
            return [
                "Not found near \(looked)\(moment): the highest peak there has \(fixed(found.signalToNoise, 1)) times the noise",
                "Limit: \(short(found.limit)) \(unit) (three times the noise of the flux) in a circle of \(fixed(found.radius, 1)) pixels",
            ]
        }
        let error = found.pixelError
        var lines = [
            "Found at x \(fixed(pixel.x, 3))\(plusMinus(error?.x, 3)), y \(fixed(pixel.y, 3))\(plusMinus(error?.y, 3)), signal to noise \(fixed(found.signalToNoise, 1))"
        ]
        if let sky = found.sky, let east = found.east, let north = found.north {
            let arcsec = found.scaleArcsec.flatMap { scale in
                error.map { (($0.x * $0.x + $0.y * $0.y) / 2).squareRoot() * scale }
            }
            lines.append(
                "RA \(sky.rightAscensionText), Dec \(sky.declinationText)\(plusMinus(arcsec, 3)) arcsec (\(fixed(sky.raDegrees, 6)), \(fixed(sky.decDegrees, 6)) degrees)\(moment)"
            )
            lines.append("From where it was looked for: \(fixed(east, 3)) arcsec east, \(fixed(north, 3)) north")
        }
        lines.append(
            "Flux \(short(flux)) +- \(short(found.fluxError)) \(unit) in a circle of \(fixed(found.radius, 1)) pixels; FWHM \(fixed(found.fwhm, 2)) pixels"
        )
        return lines
    }

    private func plusMinus(_ value: Double?, _ decimals: Int) -> String {
        value.map { " +- \(fixed($0, decimals))" } ?? ""
    }

    private func short(_ value: Double) -> String {
        fixed(value, value.magnitude < 10 ? 3 : value.magnitude < 1000 ? 1 : 0)
    }
}

extension JSONWriter {
    /// The JSON of a measurement.
    public func write(_ found: ObjectMeasurement, path: String, time: Instant?) {
        object(lines: true) {
            text("path", path)
            text("time_utc", time?.reportText)
            members(of: found)
        }
        finish()
    }

    /// As a member of a product's; null where nothing was measured.
    func write(_ key: String, _ found: ObjectMeasurement?) {
        guard let found else { return null(key) }
        object(key) { members(of: found) }
    }

    private func members(of found: ObjectMeasurement) {
        flag("found", found.isFound)
        number("signal_to_noise", found.signalToNoise)
        number("x", found.pixel?.x)
        number("y", found.pixel?.y)
        number("x_error_px", found.pixelError?.x)
        number("y_error_px", found.pixelError?.y)
        number("ra_deg", found.sky?.raDegrees)
        number("dec_deg", found.sky?.decDegrees)
        number("expected_x", found.expected.x)
        number("expected_y", found.expected.y)
        number("offset_east_arcsec", found.east)
        number("offset_north_arcsec", found.north)
        number("flux", found.flux)
        number("flux_error", found.fluxError)
        number("flux_limit", found.limit)
        number("aperture_radius_px", found.radius)
        number("fwhm_px", found.fwhm)
        integer("places", found.places)
    }
}
