internal import Files
public import MotionStack
internal import Sky

/// A page (HTML) about a product: what it is, what it looks like, what went into it and what did not. One file that needs no other, no script and no
/// network; readable on a phone, light or dark as the reader's system is.
public struct StackPage {
    /// What only the run knows that made the product.
    public struct Run: Sendable {
        public var command: String
        public var seconds: Double
        public var memory: String
        public var warnings: [String]

        public init(command: String, seconds: Double, memory: String, warnings: [String]) {
            self.command = command
            self.seconds = seconds
            self.memory = memory
            self.warnings = warnings
        }
    }

    private let summary: StackSummary
    private let run: Run?
    private let pictures: StackPictures

    /// Rows of frames that the page has at most, used and left out.
    static let mostRows = 2000

    /// What making a page takes: pictures, the text of it, and what the charts know of each frame.
    public static func bytes(frames: Int) -> Int { 3_500_000 + frames * 160 + min(frames, 2 * mostRows) * 2000 }

    public init(_ summary: StackSummary, run: Run? = nil) {
        self.summary = summary
        self.run = run
        pictures = StackPictures(summary)
    }

    /// Where the page of a product goes when nothing else is asked for: beside it.
    public static func defaultPath(for product: String) -> String {
        let picture = Preview.defaultPath(for: product)
        return picture.dropLast(4) + ".html"
    }

    /// Writes the page. With `overwrite` it takes the place of a file of its name, else that is an error (`.cannotCreate`); throws what reading the
    /// product throws, too. After an error there is no page.
    public func write(to path: String, overwrite: Bool) throws(MotionStackError) {
        try OutputPlace.check(path, option: "--output", overwrite: overwrite, inputs: [summary.path])
        let text = try text()
        try OutputPlace.write(Array(text.utf8), to: path, replacing: overwrite)
    }

    /// The whole page.
    func text() throws(MotionStackError) -> String {
        let frames = try Frames(summary)
        let name = summary.object ?? PathParts.name(summary.path)
        var page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTMLText.escaped(name)): stack of \(frames.used) frames</title>
            <link rel="icon" href="data:,">
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(HTMLText.escaped(name))</h1>
            <p class="lead">\(lead(frames))</p>

            """
        if let run, !run.warnings.isEmpty {
            page += list(run.warnings, kind: "warning")
        }
        page += facts()
        page += try figures(frames)
        page += leftOut(frames)
        page += charts(frames)
        page += table(frames)
        page += how()
        page +=
            "<footer>\(HTMLText.escaped(summary.creator ?? "MotionStack")), \(HTMLText.escaped(PathParts.name(summary.path)))</footer>\n"
        return page + "</main>\n</body>\n</html>\n"
    }

    // MARK: What stands first

    private func lead(_ frames: Frames) -> String {
        var text = summary.isMoving ? "Held still over " : "Stack of "
        text += "<strong>\(frames.used)</strong> of \(frames.given) frames"
        if let seconds = summary.totalSeconds { text += ", \(Self.duration(seconds)) of exposure" }
        if let begin = summary.begin, let end = summary.end {
            text += ", from \(begin.iso(decimals: 0)) to \(end.iso(decimals: 0)) UTC"
        }
        text += "."
        if frames.leftOut > 0 {
            text +=
                " <strong>\(frames.leftOut)</strong> \(frames.leftOut == 1 ? "was" : "were") left out, as told below."
        }
        if summary.lostFrames > 0 { text += " The result is partial: \(summary.lostFrames) were lost during the run." }
        return text
    }

    private func facts() -> String {
        var rows: [(String, String)] = []
        func add(_ name: String, _ value: String?) { if let value { rows.append((name, HTMLText.escaped(value))) } }
        add("Reference time", summary.time.map { "\($0.iso(decimals: 2)) UTC (\($0.reportDay))" })
        add("Position then (ICRS)", summary.sky.map { "\($0.rightAscensionText)  \($0.declinationText)" })
        add("in degrees", summary.sky.map { "\(fixed($0.raDegrees, 6))  \(fixed($0.decDegrees, 6))" })
        add("Held at pixel", summary.held.map { "x \(fixed($0.x, 2)), y \(fixed($0.y, 2))" })
        if summary.held != nil, let found = try? ObjectMeasurer(summary).measure() {
            let report = MeasurementReport(found, unit: summary.unit, time: nil)
            for (index, line) in report.lines.enumerated() { add(index == 0 ? "Measured" : "", line) }
        }
        if let rate = summary.rateArcsecPerMinute {
            let angle = summary.positionAngleDegrees.map { " towards \(fixed($0, 1)) degrees" } ?? ""
            add("Motion", "\(fixed(rate, 4)) arcsec/min\(angle)")
        }
        add("by", summary.motionSource)
        add("Observer", summary.site)
        let scale = summary.scaleArcsec.map { ", \(fixed($0, 3)) arcsec a pixel" } ?? ""
        add("Image", "\(summary.width) x \(summary.height) pixels\(scale)")
        add("Method", summary.method.map { method in method + (summary.rejection.map { ", rejection \($0)" } ?? "") })
        add(
            "Noise of the sky", summary.skyNoise.map { noise in "\(Self.short(noise)) \(summary.unit ?? "") a pixel" })
        add(
            "Level stands for", summary.levelSeconds.map { "\(Self.short($0)) s of exposure" })
        add(
            "Pixel / exposure is the flux",
            summary.isPhotometric.map { $0 ? "yes (PHOTLIN)" : "no (PHOTLIN = F): do not measure magnitudes in it" })
        if let run { add("Run", "\(fixed(run.seconds, 1)) s, \(run.memory)") }
        let cells = rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined(separator: "\n")
        return "<dl>\n\(cells)\n</dl>\n"
    }

    private func figures(_ frames: Frames) throws(MotionStackError) -> String {
        func figure(_ bytes: [UInt8], _ alternative: String, _ caption: String, isLarge: Bool = false) -> String {
            "<figure\(isLarge ? " class=\"large\"" : "")><img src=\"data:image/png;base64,\(HTMLText.base64(bytes))\" alt=\"\(HTMLText.escaped(alternative))\"><figcaption>\(HTMLText.escaped(caption))</figcaption></figure>\n"
        }
        var text = "<section class=\"figures\">\n"
        let object = summary.object ?? "the object"
        if summary.held != nil {
            text += figure(
                try pictures.cutOut(), "\(object) in the stack, enlarged",
                "The stack around \(object), \(StackPictures.cutOutSide) pixels a side")
            if let single = frames.nearest.flatMap({ pictures.single($0) }) {
                text += figure(
                    single, "The same place in one frame",
                    "One frame alone: \(PathParts.name(frames.nearest?.path ?? ""))")
            }
            if let untracked = pictures.untracked(frames.solved) {
                text += figure(
                    untracked.bytes, "The same sky without tracking",
                    "The mean of \(untracked.count) frames without tracking")
            }
        }
        text += figure(try pictures.whole(), "The whole stack", "The whole stack", isLarge: true)
        for map in summary.maps {
            text += figure(try pictures.map(map), "Map \(map)", Self.mapNames[map] ?? map)
        }
        return text + "</section>\n"
    }

    private static let mapNames = [
        "COUNT": "COUNT: samples kept", "UNCERT": "UNCERT: error of a pixel",
        "REJLOW": "REJLOW: samples rejected below",
        "REJHIGH": "REJHIGH: samples rejected above", "EXPOSURE": "EXPOSURE: seconds",
        "MASK": "MASK: pixels without a sample",
    ]

    // MARK: The frames

    /// The rows of FRAMES, as far as the page shows them.
    private struct Frames {
        var used = 0
        var leftOut = 0
        var rows: [StackSummary.Frame] = []
        var missing: [StackSummary.Frame] = []
        /// Of all that were used, for the charts.
        var minutes: [Double?] = []
        var columns: [[Double?]] = Array(repeating: [], count: Self.charted)
        var nearest: StackSummary.Frame?
        var solved: [(path: String, coordinates: WorldCoordinates)] = []
        static let charted = 8

        var given: Int { used + leftOut }

        init(_ summary: StackSummary) throws(MotionStackError) {
            var first: Instant?
            var distance = Double.infinity
            let pixels = Double(summary.width) * Double(summary.height)
            var own = self
            try summary.eachFrame { frame in
                guard frame.isUsed else {
                    own.leftOut += 1
                    if own.missing.count < StackPage.mostRows { own.missing.append(frame) }
                    return
                }
                own.used += 1
                if own.rows.count < StackPage.mostRows { own.rows.append(frame) }
                if let time = frame.time {
                    let start = first ?? time
                    first = start
                    own.minutes.append(time.seconds(since: start) / 60)
                    let away = summary.time.map { abs(time.seconds(since: $0)) } ?? .infinity
                    if away < distance { (distance, own.nearest) = (away, frame) }
                } else {
                    own.minutes.append(nil)
                }
                let rejected = frame.rejectedLow.flatMap { low in frame.rejectedHigh.map { ($0 + low) / pixels * 100 } }
                let row = [
                    frame.dx, frame.dy, frame.zero, frame.sigma, frame.fwhmPixels, frame.transparency, frame.weight,
                    rejected,
                ]
                for (index, value) in row.enumerated() { own.columns[index].append(value) }
                if summary.held != nil, let coordinates = frame.coordinates(), own.solved.count < 5000 {
                    own.solved.append((frame.path, coordinates))
                }
            }
            self = own
        }
    }

    private func leftOut(_ frames: Frames) -> String {
        guard frames.leftOut > 0 else { return "" }
        var groups: [(reason: String, paths: [String])] = []
        for frame in frames.missing {
            let reason = frame.reason ?? "no reason is told"
            if let index = groups.firstIndex(where: { $0.reason == reason }) {
                groups[index].paths.append(frame.path)
            } else {
                groups.append((reason, [frame.path]))
            }
        }
        groups.sort { $0.paths.count > $1.paths.count }
        var text = "<h2>Left out</h2>\n<ul>\n"
        for group in groups.prefix(100) {
            let names = group.paths.prefix(5).map(PathParts.name).joined(separator: ", ")
            let more = group.paths.count > 5 ? " and \(group.paths.count - 5) more" : ""
            text += "<li>\(HTMLText.escaped(group.reason)): \(HTMLText.escaped(names))\(more)</li>\n"
        }
        return text + "</ul>\n"
    }

    private func charts(_ frames: Frames) -> String {
        func chart(_ title: String, _ columns: [(String, Int)], _ decimals: Int) -> String? {
            Chart(
                title: title, series: columns.map { ($0.0, frames.columns[$0.1]) }, minutes: frames.minutes,
                decimals: decimals
            ).svg
        }
        let all = [
            chart("Shift, pixels", [("dx", 0), ("dy", 1)], 1), chart("Offset of the level", [("", 2)], 1),
            chart("Noise of a sample", [("", 3)], 2), chart("FWHM, pixels", [("", 4)], 2),
            chart("Transparency", [("", 5)], 3), chart("Weight", [("", 6)], 3), chart("Rejected, %", [("", 7)], 3),
        ].compactMap { $0 }
        guard !all.isEmpty else { return "" }
        return "<h2>The night</h2>\n<section class=\"charts\">\n\(all.joined(separator: "\n"))\n</section>\n"
    }

    private func table(_ frames: Frames) -> String {
        func number(_ value: Double?, _ decimals: Int) -> String { value.map { fixed($0, decimals) } ?? "" }
        var text = """
            <h2>The frames</h2>
            <details><summary>\(frames.used) used</summary>
            <div class="wide"><table>
            <thead><tr><th>frame</th><th>mid-exposure, UTC</th><th>s</th><th>dx</th><th>dy</th><th>weight</th><th>scale</th><th>zero</th><th>FWHM</th><th>noise</th><th>transparency</th></tr></thead>
            <tbody>

            """
        for frame in frames.rows {
            let cells = [
                HTMLText.escaped(PathParts.name(frame.path)), frame.time?.iso(decimals: 1) ?? "",
                number(frame.exposureSeconds, 1), number(frame.dx, 2), number(frame.dy, 2), number(frame.weight, 4),
                number(frame.scale, 4), number(frame.zero, 2), number(frame.fwhmPixels, 2), number(frame.sigma, 2),
                number(frame.transparency, 3),
            ]
            text += "<tr><td>\(cells.joined(separator: "</td><td>"))</td></tr>\n"
        }
        text += "</tbody>\n</table></div>\n"
        if frames.used > frames.rows.count {
            text += "<p>and \(frames.used - frames.rows.count) more: the table FRAMES of the product has all.</p>\n"
        }
        return text + "</details>\n"
    }

    private func how() -> String {
        var text = "<h2>How it was made</h2>\n"
        if let run { text += "<pre>\(HTMLText.escaped(run.command))</pre>\n" }
        guard !summary.history.isEmpty else { return text }
        let lines = summary.history.map(HTMLText.escaped).joined(separator: "\n")
        return text
            + "<details><summary>What was asked for, as the product has it</summary>\n<pre>\(lines)</pre>\n</details>\n"
    }

    private func list(_ lines: [String], kind: String) -> String {
        "<ul class=\"\(kind)\">\n" + lines.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined() + "</ul>\n"
    }

    static func duration(_ seconds: Double) -> String {
        seconds < 120
            ? "\(short(seconds)) s"
            : seconds < 7200 ? "\(fixed(seconds / 60, 1)) minutes" : "\(fixed(seconds / 3600, 2)) hours"
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e6 ? fixed(value, 0) : fixed(value, value.magnitude < 10 ? 3 : 2)
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c1e21;--soft:#5b616b;--ground:#fff;--card:#f3f4f6;--line:#c9cdd3;--one:#0b63b5;--two:#b4430a;--warn:#7a4b00}
        @media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a7adb7;--ground:#14161a;--card:#1f2329;--line:#3b414b;--one:#7cc0ff;--two:#ffab70;--warn:#ffd27a}}
        *{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:72rem;margin:0 auto;padding:1rem}h1{margin:.2rem 0;font-size:1.8rem}h2{margin:1.6rem 0 .5rem;font-size:1.2rem}
        .lead{margin:.2rem 0 1rem;font-size:1.05rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0 0 1rem;padding:.8rem 1rem;background:var(--card);border-radius:.5rem}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}.figures{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;flex:0 1 20rem}
        figure.large{flex:1 1 100%}img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:.3rem}figure.large img{max-width:900px}
        figcaption,footer{color:var(--soft);font-size:.9rem}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:.6rem}
        svg{width:100%;height:auto;background:var(--card);border-radius:.3rem}svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .tick{fill:var(--soft);font-size:11px}
        svg .axis{fill:none;stroke:var(--line)}svg .s0{fill:var(--one)}svg .s1{fill:var(--two)}.warning{color:var(--warn)}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}th,td{padding:.15rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
        th:first-child,td:first-child{text-align:left}pre{padding:.8rem 1rem;background:var(--card);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
        summary{cursor:pointer}footer{margin-top:2rem}@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
        """
}
