internal import Files
internal import Sky
internal import Synchronization

/// Says what will be done, in the manner of cli.md.
extension Integration {
    func tell(_ run: RunPlan, _ narrator: Narrator) {
        let plan = run.main
        for line in Self.leftOutLines(run) { narrator.say("left out: \(line)", .warning) }
        for warning in Self.warnings(run) { narrator.say(warning, .warning) }
        let chunked = plan.schedule.chunked
        let count = run.parts.reduce(0) { $0 + $1.targets[0].frames.count }
        narrator.say("Integrating \(count) images\(chunked ? " with chunked processing" : "")")
        if chunked { narrator.say("Chunk size: \(plan.schedule.chunkSize) images") }
        let asked = plan.memory.limitReason == MemoryLimit.asAsked
        narrator.say(
            "Memory limit: \(plan.memory.limit) (predicted peak \(plan.memory.predictedPeak)\(asked ? "" : "; \(plan.memory.limitReason)"))"
        )
        for adaptation in plan.adaptations { narrator.say(adaptation) }
        if let note = plan.lightNote { narrator.say("Light: \(note)") }
        if let weights = plan.weightsText { narrator.say("Weights: \(weights)") }
        if let refinement = run.refinement { narrator.say(refinement.summary) }
        if run.plans.count > 1 { narrator.say(Self.reading(run)) }
        for target in run.plans { tell(target, narrator) }
    }

    /// Which way further targets are made.
    static func reading(_ run: RunPlan) -> String {
        let targets = run.parts[0].targets.count
        let parts = run.parts.count
        let what = [targets > 1 ? "\(targets) targets" : nil, parts > 1 ? "\(parts) parts" : nil].compactMap { $0 }
        let copied = run.parts.contains { $0.copy != nil }
        return what.joined(separator: " of ")
            + (copied
                ? ": the inputs are read once, further targets come from a scratch file (\(ByteCount(run.main.io.scratchBytes)))"
                : ": all from one read")
    }

    private func tell(_ plan: IntegrationPlan, _ narrator: Narrator) {
        if let label = plan.label {
            narrator.say(
                "\(label): \(plan.frames.count) images, reference frame \(PathParts.name(plan.referenceFrame.path))"
            )
        }
        if let motion = plan.motion {
            let rate = motion.rateArcsecPerMinute.map { "\(fixed($0, 3)) arcsec/min" } ?? "rate not known"
            narrator.say(
                "Motion: \(motion.source); \(rate) towards \(motion.positionAngleDegrees.map { fixed($0, 1) } ?? "?") degrees"
            )
            if let quality = motion.quality { narrator.say("  \(quality)") }
            if let position = plan.positionText { narrator.say("  position \(position)") }
        }
    }

    /// Frames that are left out of every target first, then what single targets or parts lack beside them.
    private static func leftOutLines(_ run: RunPlan) -> [String] {
        var lines = LeftOutSummary(run.main.leftOut).lines
        let known = Set(run.main.leftOut.map(\.givenIndex))
        for plan in run.plans.dropFirst() {
            let own = plan.leftOut.filter { !known.contains($0.givenIndex) }
            guard !own.isEmpty else { continue }
            lines += LeftOutSummary(own).lines.map { "\(plan.label ?? ""): \($0)" }
        }
        return lines
    }
}

/// Tells of frames as their pixels are worked on: all frames of a strip are at once, so that with a share of the output done as large a share of
/// the frames is told of. Of many frames every so many is told, all of them as details; those of further targets as details alone.
final class FrameNarration: Sendable {
    private let plan: IntegrationPlan
    private let narrator: Narrator
    private let told = Mutex(0)
    private static let lines = 10

    init(_ plan: IntegrationPlan, _ narrator: Narrator) {
        self.plan = plan
        self.narrator = narrator
    }

    func reached(_ done: Int, of total: Int) {
        let count = plan.frames.count
        let due = total > 0 ? Int(Double(done) / Double(total) * Double(count)) : count
        let new = told.withLock { told in
            let new = told..<max(told, min(count, due))
            told = new.upperBound
            return new
        }
        let step = max(1, (count + Self.lines - 1) / Self.lines)
        for index in new {
            let isTold = plan.target == nil && (count <= 50 || index % step == 0 || index == count - 1)
            let frame = plan.frames[index]
            narrator.say(
                "Processing \(index + 1)/\(count): \(PathParts.name(frame.path))",
                isTold ? .normal : .detail)
            if plan.alignment != .none {
                narrator.say(
                    "  Applied shift: dx=\(fixed(frame.dx, 2)), dy=\(fixed(frame.dy, 2))", isTold ? .normal : .detail)
            }
        }
    }
}
