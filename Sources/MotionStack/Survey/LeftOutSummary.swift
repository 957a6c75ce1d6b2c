/// What was left out, grouped by reason, for people: "46 frames: outside the ephemeris, 00:00 to 03:10".
public struct LeftOutSummary: Sendable {
    public let lines: [String]

    init(_ leftOut: [LeftOut]) {
        self.init(
            grouped: leftOut.sorted { $0.givenIndex < $1.givenIndex }.map {
                ($0.path, $0.reason.group, $0.reason.detail)
            })
    }

    init(grouped items: [(path: String, group: String, detail: String)]) {
        var order: [String] = []
        var groups: [String: [(path: String, detail: String)]] = [:]
        for item in items {
            if groups[item.group] == nil { order.append(item.group) }
            groups[item.group, default: []].append((item.path, item.detail))
        }
        lines = order.map { group in
            let items = groups[group] ?? []
            if items.count == 1, let only = items.first { return "\(only.path): \(only.detail)" }
            let names = items.prefix(3).map { String($0.path.split(separator: "/").last ?? "") }.joined(separator: ", ")
            return "\(items.count) frames: \(group) (\(names)\(items.count > 3 ? ", ..." : ""))"
        }
    }

    var text: String { lines.isEmpty ? "none was given" : lines.joined(separator: "; ") }
}
