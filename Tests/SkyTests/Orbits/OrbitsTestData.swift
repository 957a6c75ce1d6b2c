import Foundation

@testable import Sky

/// The open ephemeris data, where it is: ../shared/testdata/ephemeris beside the package, or MOTIONSTACK_TESTDATA.
enum EphemerisData {
    static let folder: String? = {
        var candidates: [String] = []
        if let set = ProcessInfo.processInfo.environment["MOTIONSTACK_TESTDATA"] { candidates.append(set) }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        // Beside the package, and for a worktree one folder deeper.
        candidates.append(root.appendingPathComponent("../shared/testdata").path)
        candidates.append(root.appendingPathComponent("../../shared/testdata").path)
        let found = candidates.map { $0 + "/ephemeris" }.first {
            FileManager.default.fileExists(atPath: $0 + "/elements.csv")
        }
        if found == nil { print("skipped: the ephemeris test data is not there (looked in \(candidates))") }
        return found
    }()

    static var isThere: Bool { folder != nil }

    /// Every row of the data, not a sample: MOTIONSTACK_FULL=1.
    static let isFull = ProcessInfo.processInfo.environment["MOTIONSTACK_FULL"] != nil

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: (folder ?? "/none") + "/" + name, encoding: .utf8)
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: (folder ?? "/none") + "/" + name)))
    }

    static func rows(_ name: String) throws -> [[String: String]] {
        let lines = try text(name).split(separator: "\n")
        func fields(_ line: Substring) -> [String] {
            var out = [""]
            var quoted = false
            for character in line {
                if character == "\"" {
                    quoted.toggle()
                } else if character == ",", !quoted {
                    out.append("")
                } else {
                    out[out.count - 1].append(character)
                }
            }
            return out
        }
        guard let header = lines.first.map(fields) else { return [] }
        return lines.dropFirst().map { Dictionary(zip(header, fields($0)), uniquingKeysWith: { first, _ in first }) }
    }

    /// Elements of elements.csv by "key set".
    static func elements() throws -> [String: OrbitalElements] {
        let names = Dictionary(
            try rows("objects.csv").map { ($0["key"] ?? "", $0["name"] ?? "") }, uniquingKeysWith: { first, _ in first }
        )
        var all: [String: OrbitalElements] = [:]
        for row in try rows("elements.csv") {
            func number(_ key: String) -> Double { Double(row[key] ?? "") ?? 0 }
            var elements = try OrbitalElements(
                name: names[row["key"] ?? ""] ?? "", epochMJD: number("epoch_mjd_tdb"),
                perihelionDistanceAU: number("q_au"), eccentricity: number("e"), inclinationDegrees: number("i_deg"),
                nodeDegrees: number("node_deg"), perihelionArgumentDegrees: number("peri_deg"),
                perihelionMJD: number("tp_mjd_tdb"), source: "elements.csv")
            var model = NonGravitationalModel(a1: number("A1"), a2: number("A2"), a3: number("A3"))
            if row["ng_alpha"]?.isEmpty == false {
                model.alpha = number("ng_alpha")
                model.k = number("ng_nk")
                model.m = number("ng_nm")
                model.n = number("ng_nn")
                model.r0 = number("ng_r0")
            }
            try elements.take(model)
            all["\(row["key"] ?? "") \(row["set"] ?? "")"] = elements
        }
        return all
    }

    static func sites() throws -> [String: Site] {
        var sites: [String: Site] = [:]
        for row in try rows("obscodes.csv") {
            let code = row["code"] ?? ""
            sites[code] = Site(
                code: code, longitudeDegrees: Double(row["longitude_deg_east"] ?? "") ?? 0,
                rhoCosPhi: Double(row["rho_cos_phi"] ?? "") ?? 0, rhoSinPhi: Double(row["rho_sin_phi"] ?? "") ?? 0)
        }
        return sites
    }
}

/// A place that JPL (or ASSIST) gives.
struct TruthRow {
    let instant: Instant
    let code: String
    let position: SkyPosition
    let distance: Double

    init(_ row: [String: String]) throws {
        instant = try Instant(iso: row["utc"] ?? "")
        code = row["code"] ?? ""
        position = SkyPosition(
            raDegrees: Double(row["ra_deg"] ?? "") ?? 0, decDegrees: Double(row["dec_deg"] ?? "") ?? 0)
        distance = Double(row["delta_au"] ?? "") ?? 0
    }
}

/// Errors of a goal, as a line of a table.
struct ErrorTable {
    private(set) var errors: [Double] = []

    mutating func add(_ values: [Double]) { errors += values }

    var worst: Double { errors.max() ?? .nan }
    func share(_ part: Double) -> Double {
        guard !errors.isEmpty else { return .nan }
        return errors.sorted()[min(errors.count - 1, Int(part * Double(errors.count)))]
    }
    var median: Double { share(0.5) }

    func line(_ goal: String, bound: String) -> String {
        func text(_ value: Double) -> String { String(format: "%9.5f", value) }
        return
            "\(goal.padding(toLength: 44, withPad: " ", startingAt: 0)) bound \(bound.padding(toLength: 26, withPad: " ", startingAt: 0))"
            + " median \(text(median))  90 % \(text(share(0.9)))  worst \(text(worst))  rows \(errors.count)"
    }
}

/// Errors (arcsec) of the track's places, and how far the error moves over each run of rows.
func compare(
    _ elements: OrbitalElements, _ rows: [TruthRow], site: Site, options: OrbitOptions = OrbitOptions()
) throws -> (errors: [Double], drift: Double, track: OrbitTrack) {
    let times = rows.map(\.instant).sorted()
    let track = try OrbitTrack(
        elements: elements, site: site, span: times[0]...times[times.count - 1], options: options)
    var errors: [Double] = []
    var vectors: [(Double, Double)] = []
    for row in rows {
        let place = try track.place(at: row.instant)
        let separation = row.position.separation(to: place) * 3600
        let angle = row.position.positionAngle(to: place) * .pi / 180
        errors.append(separation)
        vectors.append((separation * sin(angle), separation * cos(angle)))
    }
    let drift = vectors.map { hypot($0.0 - vectors[0].0, $0.1 - vectors[0].1) }.max() ?? 0
    return (errors, drift, track)
}
