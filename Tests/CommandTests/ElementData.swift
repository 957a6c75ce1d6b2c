import Foundation
import TestSupport

/// The open ephemeris data as files that the command reads.
enum ElementData {
    static let folder = TestPlaces.data("ephemeris")
    static var isThere: Bool { folder != nil }

    static func path(_ name: String) -> String { (folder ?? "/nowhere") + "/" + name }

    static func rows(_ name: String) throws -> [[String: String]] { try CSVRows.read(path(name)) }

    /// One row of elements.csv in the layout of JPL's SBDB replies.
    static func sbdb(_ row: [String: String], name: String, designation: String) throws -> Data {
        func text(_ key: String) -> String { row[key] ?? "" }
        func day(_ key: String) -> Double { (Double(text(key)) ?? 0) + 2_400_000.5 }
        var elements = [["name": "tp", "value": "\(day("tp_mjd_tdb"))"]]
        for (theirs, ours) in [("e", "e"), ("q", "q_au"), ("i", "i_deg"), ("om", "node_deg"), ("w", "peri_deg")] {
            elements.append(["name": theirs, "value": text(ours)])
        }
        var model: [[String: String]] = []
        for key in ["A1", "A2", "A3"] where Double(text(key)) ?? 0 != 0 {
            model.append(["name": key, "value": text(key)])
        }
        for (theirs, ours) in [("ALN", "ng_alpha"), ("NK", "ng_nk"), ("NM", "ng_nm"), ("NN", "ng_nn"), ("R0", "ng_r0")]
        where !text(ours).isEmpty { model.append(["name": theirs, "value": text(ours)]) }
        return try JSONSerialization.data(withJSONObject: [
            "signature": ["source": "NASA/JPL Small-Body Database (SBDB) API", "version": "1.3"],
            "object": ["fullname": name, "des": designation],
            "orbit": [
                "epoch": "\(day("epoch_mjd_tdb"))", "equinox": "J2000", "elements": elements, "model_pars": model,
            ],
        ])
    }

    /// Lines of mpcorb_generated.txt or cometels_generated.txt of one set each (the first that an object has).
    static func lines(_ name: String) throws -> [String] {
        var seen: Set<Substring> = []
        return try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").compactMap { row in
            let parts = row.split(separator: "\t", maxSplits: 1)
            guard parts.count == 2, let key = parts[0].split(separator: " ").first, seen.insert(key).inserted else {
                return nil
            }
            return String(parts[1])
        }
    }

    /// arcsec.
    static func separation(_ ra: Double, _ dec: Double, _ otherRA: Double, _ otherDec: Double) -> Double {
        let east = remainder(ra - otherRA, 360) * cos(dec * .pi / 180)
        return (east * east + (dec - otherDec) * (dec - otherDec)).squareRoot() * 3600
    }
}
