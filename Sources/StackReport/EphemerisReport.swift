public import Sky

/// A table of an object's places.
public struct EphemerisReport: Sendable {
    public var object: String
    public var source: String
    public var quality: String?
    public var site: Site?
    public var warnings: [String]

    public init(object: String, source: String, quality: String?, site: Site?, warnings: [String]) {
        self.object = object
        self.source = source
        self.quality = quality
        self.site = site
        self.warnings = warnings
    }

    /// One row. Positions are astrometric ICRS; what the source does not have is nil.
    public struct Row: Sendable {
        public var instant: Instant
        public var position: SkyPosition
        public var distanceAU: Double?
        public var heliocentricAU: Double?
        public var lightTimeMinutes: Double?
        public var rateArcsecPerMinute: Double
        public var positionAngleDegrees: Double
        public var uncertaintyArcsec: Double?

        public init(
            instant: Instant, position: SkyPosition, rateArcsecPerMinute: Double, positionAngleDegrees: Double
        ) {
            self.instant = instant
            self.position = position
            self.rateArcsecPerMinute = rateArcsecPerMinute
            self.positionAngleDegrees = positionAngleDegrees
        }
    }

    /// As CSV, which `--ephemeris` reads again.
    public static let csvHeading =
        "time_utc,ra_deg,dec_deg,distance_au,heliocentric_au,light_time_min,rate_arcsec_per_min,pa_deg,uncertainty_arcsec"

    public static let heading =
        "time (UTC)               RA (ICRS)     Dec            delta au   r au       \"/min     PA deg"
}

extension EphemerisReport.Row {
    public var csv: String {
        func text(_ value: Double?, _ decimals: Int) -> String { value.map { number($0, decimals) } ?? "" }
        return [
            instant.reportText, number(position.raDegrees, 9), number(position.decDegrees, 9), text(distanceAU, 12),
            text(heliocentricAU, 12), text(lightTimeMinutes, 9), number(rateArcsecPerMinute, 6),
            number(positionAngleDegrees, 4), text(uncertaintyArcsec, 4),
        ].joined(separator: ",")
    }

    /// For people: sexagesimal, columns under `heading`.
    public var line: String {
        func column(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.utf8.count)) + text
        }
        return instant.iso(decimals: 3) + "  "
            + position.rightAscensionText + "  " + position.declinationText
            + column(distanceAU.map { number($0, 6) } ?? "-", 11)
            + column(heliocentricAU.map { number($0, 6) } ?? "-", 11)
            + column(number(rateArcsecPerMinute, 4), 11) + column(number(positionAngleDegrees, 2), 8)
    }

    /// Plain decimals; `fixed` is for fewer digits.
    private func number(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e6 else { return "\(value)" }
        var unit = 1.0
        for _ in 0..<decimals { unit *= 10 }
        let total = Int64((value.magnitude * unit).rounded())
        let rest = String(total % Int64(unit))
        let sign = value < 0 && total > 0 ? "-" : ""
        return "\(sign)\(total / Int64(unit))." + String(repeating: "0", count: decimals - rest.utf8.count) + rest
    }

}

extension JSONWriter {
    /// The JSON of an ephemeris; rows are made one at a time.
    public func write(_ report: EphemerisReport, rows: (_ body: (EphemerisReport.Row) -> Void) -> Void) {
        object(lines: true) {
            text("object", report.object)
            text("source", report.source)
            text("quality", report.quality)
            write("site", report.site)
            array("rows", lines: true) {
                rows { row in
                    object {
                        text("time_utc", row.instant.reportText)
                        number("ra_deg", row.position.raDegrees)
                        number("dec_deg", row.position.decDegrees)
                        number("distance_au", row.distanceAU)
                        number("heliocentric_au", row.heliocentricAU)
                        number("light_time_min", row.lightTimeMinutes)
                        number("rate_arcsec_per_min", row.rateArcsecPerMinute)
                        number("pa_deg", row.positionAngleDegrees)
                        number("uncertainty_arcsec", row.uncertaintyArcsec)
                    }
                }
            }
            texts("warnings", report.warnings)
        }
        finish()
    }

    /// One object that a catalogue has.
    public func write(_ elements: OrbitalElements) {
        object {
            text("name", elements.name)
            text("designation", elements.designation?.description)
            text("packed", elements.designation?.packed)
            text("source", elements.source)
            text(
                "epoch", elements.epochDay)
            number("epoch_mjd_tt", elements.epochMJD)
            number("q_au", elements.perihelionDistanceAU)
            number("e", elements.eccentricity)
            number("i_deg", elements.inclinationDegrees)
            number("node_deg", elements.nodeDegrees)
            number("peri_deg", elements.perihelionArgumentDegrees)
            number("tp_mjd_tt", elements.perihelionMJD)
            number("h", elements.absoluteMagnitude)
            number("arc_days", elements.quality.arcDays)
            number("u", elements.quality.uncertainty)
            texts("warnings", elements.warnings)
        }
    }
}
