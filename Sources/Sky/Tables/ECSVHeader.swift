internal import Files

/// The comment lines at the head of astropy's ECSV: units, separator and the scale of times.
struct ECSVHeader {
    var separator: Character? = nil
    /// By the column's name.
    var units: [String: String] = [:]
    var scale: TimeScale?

    /// Nil for what is no ECSV.
    init?(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).prefix(5000)
        guard let first = lines.first, first.contains("%ECSV") else { return nil }
        var entry = ""
        for line in lines {
            guard line.hasPrefix("#") else { break }
            let body = line.dropFirst().trimmed
            if body.hasPrefix("delimiter:") {
                separator = body.contains(",") ? "," : nil
                continue
            }
            for name in ["utc", "tt", "tdb", "tai"] where body.lowercased().contains("scale: \(name)") {
                scale = TimeScale(rawValue: name)
            }
            // "- {name: RA, unit: deg, datatype: float64, description: ...}", perhaps over several lines.
            if body.hasPrefix("- {") {
                entry = body
            } else if !entry.isEmpty {
                entry += " " + body
            }
            guard entry.hasSuffix("}") else { continue }
            if let name = Self.value("name", entry), let unit = Self.value("unit", entry) { units[name] = unit }
            entry = ""
        }
    }

    private static func value(_ key: String, _ entry: String) -> String? {
        for part in entry.dropFirst(3).dropLast().split(separator: ",") {
            let pair = part.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmed == key else { continue }
            return pair[1].trimmed.filter { $0 != "'" && $0 != "\"" }
        }
        return nil
    }
}
