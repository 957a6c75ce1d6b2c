internal import Files
public import MotionStack
internal import FITS
internal import Sky

/// Inspected frames as a table for people.
public enum InspectionText {
    private static let columns: [(title: String, width: Int)] = [
        ("mid-exposure (UTC)", 23), ("exp s", 8), ("size", 11), ("bits", 4), ("background", 11), ("noise", 9),
        ("RA", 9), ("Dec", 9),
        ("\"/px", 6),
    ]

    public static var heading: String {
        columns.map { pad($0.title, $0.width) }.joined(separator: " ") + "  file"
    }

    /// The lines of one entry: its row, then what is odd about it.
    public static func lines(_ facts: FrameInspection, isVerbose: Bool = false) -> [String] {
        let name = facts.path + (facts.hdu.map { $0 > 0 ? "[\($0)]" : "" } ?? "")
        guard facts.usable || facts.statistics != nil else {
            return ["not usable: \(name): \(facts.reason ?? "not known")"]
        }
        let exposure = facts.time?.exposureSeconds
        let center = facts.world?.center
        let scale = facts.world?.scaleArcsec
        let level = facts.statistics
        var cells: [String] = []
        cells.append(facts.time.map { $0.instant.iso(decimals: 3) } ?? "-")
        cells.append(exposure.map { fixed($0, 3) } ?? "-")
        cells.append("\(facts.width ?? 0)x\(facts.height ?? 0)")
        cells.append("\(facts.bitpix ?? 0)")
        cells.append(level?.background.map(short) ?? "-")
        cells.append(level?.noise.map(short) ?? "-")
        cells.append(center.map { fixed($0.raDegrees, 4) } ?? "-")
        cells.append(center.map { fixed($0.decDegrees, 4) } ?? "-")
        cells.append(scale.map { fixed($0, 3) } ?? "-")
        var lines = [zip(cells, columns).map { pad($0, $1.width) }.joined(separator: " ") + "  " + name]
        if let reason = facts.reason { lines.append("  not usable: \(reason)") }
        guard isVerbose else { return lines }
        for hdu in facts.hdus {
            let shape = hdu.shape.map(String.init).joined(separator: " x ")
            let name = hdu.name.map { " '\($0)'" } ?? ""
            let kind = hdu.kind.reportName.split(separator: "_").joined(separator: " ")
            lines.append(
                "  HDU \(hdu.index)\(name): \(kind), bitpix \(hdu.bitpix), shape \(shape.isEmpty ? "none" : shape)")
        }
        if let time = facts.time { lines.append("  time from \(time.source)") }
        if let reason = facts.world?.reason { lines.append("  \(reason)") }
        for warning in facts.warnings { lines.append("  \(warning)") }
        return lines
    }

    private static func short(_ value: Double) -> String {
        let size = abs(value)
        if size != 0, size < 0.001 || size >= 1e9 {
            let power = Int(log10Floor(size))
            var scale = 1.0
            for _ in 0..<abs(power) { scale *= 10 }
            return "\(fixed(power < 0 ? value * scale : value / scale, 3))e\(power)"
        }
        return fixed(value, size < 10 ? 4 : size < 1000 ? 2 : 1)
    }

    /// Power of ten of a positive number.
    private static func log10Floor(_ value: Double) -> Int {
        var power = 0
        var rest = value
        while rest >= 10 {
            rest /= 10
            power += 1
        }
        while rest < 1, power > -310 {
            rest *= 10
            power -= 1
        }
        return power
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        let missing = width - text.count
        return missing > 0 ? String(repeating: " ", count: missing) + text : text
    }
}
