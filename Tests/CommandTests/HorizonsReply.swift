import Foundation
import Sky
import TestSupport

/// Replies in the manner of JPL Horizons for any request, of an object that moves as it is told.
enum HorizonsReply {
    /// A table for the times that are asked for, from `track`; a 3-sigma uncertainty of `sigma` arcsec in each row.
    static func table(_ request: ReplayServer.Request, _ track: any MotionTrack, sigma: Double = 0.1)
        -> ReplayServer.Reply
    {
        table(
            request, track, target: "(2025 BC)                       {source: JPL#1}",
            sigma: String(format: "%.3f", sigma))
    }

    /// The same for another target, with the uncertainty as it is written.
    static func table(_ request: ReplayServer.Request, _ track: any MotionTrack, target: String, sigma: String)
        -> ReplayServer.Reply
    {
        guard let times = times(request), !times.isEmpty else {
            return .text("API VERSION: 1.2\n\nBATVAR: no TLIST values found (or missing quotes)\n")
        }
        var lines = [
            "API VERSION: 1.2", "API SOURCE: NASA/JPL Horizons API", "",
            String(repeating: "*", count: 79),
            "Ephemeris / API_USER Sun Nov 22 08:00:31 2026 Pasadena, USA      / Horizons",
            "Target body name: \(target)",
            "Center body name: Earth (399)                     {source: DE441}", "Center-site name: made for a test",
            "Center geodetic : \(centre(request))     {E-lon(deg),Lat(deg),Alt(km)}", String(repeating: "*", count: 79),
            " Date__(UT)__HR:MN:SC.fff, Date_________JDUT, , ,  R.A._(ICRF),  DEC_(ICRF),  dRA*cosD, d(DEC)/dt, delta, deldot, RA_3sigma, DEC_3sigma,",
            String(repeating: "*", count: 79), "$$SOE",
        ]
        for time in times {
            guard let place = try? track.place(at: time) else { return .status(500, "no place") }
            let fields = [
                " " + calendar(time), String(format: "%.9f", time.utcJulianDay.day + time.utcJulianDay.fraction), "",
                "",
                String(format: "%.9f", place.raDegrees), String(format: "%.9f", place.decDegrees), "1.0", "1.0", "0.5",
                "1.0",
                sigma, sigma.contains("n.a.") ? sigma : "0.000",
            ]
            lines.append(fields.joined(separator: ",") + ",")
        }
        lines += ["$$EOE", String(repeating: "*", count: 79), "Column meaning:", ""]
        return .text(lines.joined(separator: "\n"))
    }

    static func quoted(_ request: ReplayServer.Request, _ name: String) -> String? {
        guard let value = request[name], value.hasPrefix("'"), value.hasSuffix("'"), value.count >= 2 else {
            return nil
        }
        return String(value.dropFirst().dropLast())
    }

    static func times(_ request: ReplayServer.Request) -> [Instant]? {
        if let list = quoted(request, "TLIST") {
            return list.split(separator: " ").compactMap { word in
                let parts = word.split(separator: ".")
                guard parts.count == 2, let day = Double(parts[0]), let rest = Double("0." + parts[1]) else {
                    return nil
                }
                return Instant(julianDay: day, fraction: rest, scale: .utc)
            }
        }
        guard let start = quoted(request, "START_TIME"), let stop = quoted(request, "STOP_TIME"),
            let step = quoted(request, "STEP_SIZE"), step.hasSuffix(" m"), let minutes = Double(step.dropLast(2)),
            let first = try? Instant(iso: start), let last = try? Instant(iso: stop)
        else { return nil }
        let count = Int((last.seconds(since: first) / 60 / minutes).rounded())
        return (0...count).map { first.advanced(bySeconds: Double($0) * minutes * 60) }
    }

    private static func centre(_ request: ReplayServer.Request) -> String {
        if let given = quoted(request, "SITE_COORD") {
            return given.split(separator: ",").joined(separator: ", ")
        }
        let code = quoted(request, "CENTER").map { String($0.prefix { $0 != "@" }) } ?? "500"
        guard let site = try? Site(parsing: code), let latitude = site.latitudeDegrees,
            let altitude = site.altitudeMetres
        else { return "0.0, 0.0, -6378.137" }
        let longitude = site.longitudeDegrees < 0 ? site.longitudeDegrees + 360 : site.longitudeDegrees
        return String(format: "%.6f, %.7f, %.6f", longitude, latitude, altitude / 1000)
    }

    private static func calendar(_ time: Instant) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = time.iso(decimals: 3)
        let month = Int(text.dropFirst(5).prefix(2)).map { months[$0 - 1] } ?? "???"
        return "\(text.prefix(4))-\(month)-\(text.dropFirst(8).prefix(2)) \(text.dropFirst(11))"
    }
}
