internal import Files

/// A small chart (SVG) of values of the frames against time.
struct Chart {
    var title: String
    /// One or two rows of values, with a name each where there are two.
    var series: [(name: String, values: [Double?])]
    /// Minutes from the first frame; nil where a frame has no time.
    let minutes: [Double?]
    var decimals = 2

    private static let width = 360.0
    private static let height = 170.0
    private static let left = 58.0
    private static let right = 10.0
    private static let top = 26.0
    private static let bottom = 26.0
    /// More points say nothing more at that size.
    private static let mostPoints = 1500

    /// nil where there is nothing to show: fewer than two values.
    var svg: String? {
        let all = series.flatMap { row in
            zip(minutes, row.values).compactMap { time, value -> (Double, Double)? in
                guard let time, let value, value.isFinite else { return nil }
                return (time, value)
            }
        }
        guard all.count > 1, let first = all.map(\.0).min(), let last = all.map(\.0).max(),
            var low = all.map(\.1).min(), var high = all.map(\.1).max()
        else { return nil }
        if high - low < 1e-9 * max(1, high.magnitude) {
            low -= 0.5
            high += 0.5
        }
        let span = last > first ? last - first : 1
        func x(_ time: Double) -> String {
            fixed(Self.left + (time - first) / span * (Self.width - Self.left - Self.right), 1)
        }
        func y(_ value: Double) -> String {
            fixed(Self.height - Self.bottom - (value - low) / (high - low) * (Self.height - Self.top - Self.bottom), 1)
        }
        let name = HTMLText.escaped(title)
        let told = "\(name): from \(fixed(low, decimals)) to \(fixed(high, decimals))"
        var text = "<svg viewBox=\"0 0 360 170\" role=\"img\" aria-label=\"\(told)\"><title>\(told)</title>"
        text += "<text class=\"name\" x=\"\(fixed(Self.left, 0))\" y=\"16\">\(name)</text>"
        text += "<path class=\"axis\" d=\"M58 26V144H350\"/>"
        for value in [low, high] {
            text +=
                "<text class=\"tick\" x=\"52\" y=\"\(y(value))\" dy=\"4\" text-anchor=\"end\">\(fixed(value, decimals))</text>"
        }
        text += "<text class=\"tick\" x=\"58\" y=\"162\">\(fixed(first, 1)) min</text>"
        text += "<text class=\"tick\" x=\"350\" y=\"162\" text-anchor=\"end\">\(fixed(last, 1)) min</text>"
        for (index, row) in series.enumerated() {
            let step = max(1, row.values.count / Self.mostPoints)
            text += "<g class=\"s\(index)\">"
            for place in stride(from: 0, to: row.values.count, by: step) {
                guard let time = minutes[place], let value = row.values[place], value.isFinite else { continue }
                text += "<circle cx=\"\(x(time))\" cy=\"\(y(value))\" r=\"2.2\"/>"
            }
            text += "</g>"
            guard series.count > 1 else { continue }
            text +=
                "<text class=\"tick s\(index)\" x=\"\(fixed(Self.width - Self.right - 14 - 30 * Double(series.count - 1 - index), 0))\" y=\"16\">\(HTMLText.escaped(row.name))</text>"
        }
        return text + "</svg>"
    }
}
