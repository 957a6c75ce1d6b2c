internal import Files
public import MotionStack
internal import Sky

/// A plan in words.
public enum PlanText {
    /// Gives `line` one line at a time; texts of headers are in them as they are.
    public static func write(_ report: IntegrationReport, to line: (String) -> Void) {
        let plan = report.plan
        let schedule = plan.schedule
        let given = plan.frames.count + plan.leftOut.count
        line("Object: \(plan.objectName ?? "none")\(plan.isStandard ? " (standard stack)" : "")")
        line("Frames: \(plan.frames.count) of \(given) are used")
        if let begin = plan.begin, let end = plan.end {
            line("Time: \(begin.iso(decimals: 1))Z to \(end.iso(decimals: 1))Z")
        }
        line("Reference frame: \(plan.referenceFrame.path)")
        if let time = plan.referenceTime { line("Reference time: \(time.iso(decimals: 2))Z (\(time.reportDay))") }
        if let motion = plan.motion {
            let rate = motion.rateArcsecPerMinute.map { fixed($0, 3) } ?? "?"
            let angle = motion.positionAngleDegrees.map { fixed($0, 1) } ?? "?"
            line("Motion: \(motion.source), \(rate) arcsec/min towards \(angle) degrees")
            if let quality = motion.quality { line("  \(quality)") }
            if let position = plan.positionText { line("  position \(position)") }
            if let drift = motion.expectedDriftArcsec {
                line("  expected drift over the sequence: \(fixed(drift, drift < 0.1 ? 4 : 2)) arcsec")
            }
            let trails = plan.frames.compactMap(\.trailPixels)
            if let shortest = trails.min(), let longest = trails.max() {
                let least = fixed(shortest, 2)
                let most = fixed(longest, 2)
                line("  trail within an exposure: \(least == most ? most : "\(least) to \(most)") pixels")
            }
            if let site = plan.site {
                let place =
                    "longitude \(fixed(site.longitudeDegrees, 4)), latitude \(fixed(site.latitudeDegrees ?? 0, 4))"
                line("Site: " + (site.isGeocentre ? "the geocentre" : (site.code.map { "\($0), " } ?? "") + place))
            }
        }
        if !plan.isStandard {
            line("Held place: " + (plan.heldPixel.map { "x \(fixed($0.x, 2)), y \(fixed($0.y, 2))" } ?? "not known"))
        }
        line("Alignment: \(plan.alignment.rawValue), interpolation \(plan.interpolation.rawValue)")
        let methods = plan.methods.map(\.rawValue).joined(separator: ", ")
        line(
            "Combination: \(methods); rejection \(plan.rejection.name); scale \(plan.scale.name), zero \(plan.zero.name)\(plan.weighting == .none ? "" : ", weight \(plan.weighting.name)")"
        )
        if let note = plan.lightNote { line("Light: \(note)") }
        if let weights = plan.weightsText { line("Weights: \(weights)") }
        line("Output: \(plan.width) x \(plan.height) pixels, \(ByteCount(plan.io.outputBytes))")
        for output in report.outputs { line("  \(output.path)") }
        if report.targets.count > 1 { writeTargets(report, to: line) }
        line(
            schedule.chunked
                ? "Chunks: \(schedule.totalChunks) of at most \(schedule.chunkSize) frames"
                : "Chunks: all frames in one")
        line(
            "Strips: \(schedule.strips) of \(schedule.stripColumns) x \(schedule.stripRows) pixels, \(schedule.passes) pass\(schedule.passes == 1 ? "" : "es"), \(schedule.threads) thread\(schedule.threads == 1 ? "" : "s")"
        )
        line("Memory limit: \(plan.memory.limit) (\(plan.memory.limitReason))")
        line(
            "Predicted peak: \(plan.memory.predictedPeak); smallest limit that works: \(plan.memory.smallestLimit.exactText)"
        )
        for entry in plan.memory.ledger { line("  \(entry.name): \(ByteCount(entry.bytes))") }
        line(
            "Reading: \(ByteCount(plan.io.readBytes)) of \(ByteCount(plan.io.inputBytes)), at most \(plan.io.openFiles) files open"
        )
        if plan.io.scratchBytes > 0 {
            let again =
                plan.io.scratchReadBytes > 0 ? ", read for further targets: \(ByteCount(plan.io.scratchReadBytes))" : ""
            line("Scratch: \(ByteCount(plan.io.scratchBytes))\(again)")
        }
        if let free = plan.io.freeDisk { line("Free disk: \(free)") }
        for adaptation in report.adaptations { line("Adaptation: \(adaptation)") }
        for left in LeftOutSummary(plan.leftOut).lines { line("Left out: \(left)") }
        for warning in report.warnings { line("Warning: \(warning)") }
    }

    /// The further targets and parts, and which way they are made.
    private static func writeTargets(_ report: IntegrationReport, to line: (String) -> Void) {
        for target in report.targets {
            let plan = target.plan
            guard let label = plan.label else { continue }
            let time = plan.referenceTime.map { ", reference time \($0.iso(decimals: 2))Z" } ?? ""
            let place = plan.heldPixel.map { ", held at x \(fixed($0.x, 2)), y \(fixed($0.y, 2))" } ?? ""
            line("  \(label): \(plan.frames.count) frames\(time)\(place)")
        }
        let together = report.targets.allSatisfy { $0.plan.schedule.passes == 1 }
        guard report.targets.contains(where: { $0.plan.target != nil }) else { return }
        line(
            together
                ? "Targets: all from one read of the inputs"
                : "Targets: the first reads the inputs, the others the scratch file with the rows that it read")
    }
}
