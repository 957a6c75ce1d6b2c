internal import Files
internal import FITS

/// A target at work: its plan, its products, what it counted.
final class TargetRun {
    let plan: IntegrationPlan
    /// One a method; none where nothing is written.
    let writers: [ProductWriter]
    /// One a method, where they are kept in memory.
    private let kept: [KeptImage]
    private(set) var counts: IntegrationCounts?

    init(_ plan: IntegrationPlan, writers: [ProductWriter], keepsImages: Bool) {
        self.plan = plan
        self.writers = writers
        kept =
            keepsImages
            ? plan.methods.indices.map {
                KeptImage(method: $0, width: plan.width, height: plan.height, fill: plan.fill)
            } : []
    }

    /// What takes the target's strips.
    var sinks: [any StripSink] { writers + kept }

    /// One a method, where they are kept in memory.
    var images: [StackImage] { kept.map(\.image) }

    /// All strips are there: tables and headers, so that the products lack nothing but their names.
    func finish(_ counts: IntegrationCounts, plain: Bool) throws(MotionStackError) {
        self.counts = counts
        for writer in writers {
            do throws(FITSError) {
                if counts.held.ateObject { writer.update("PHOTLIN", .logical(false)) }
                if !plain { try writer.writeFrames(counts) }
                try writer.prepare()
            } catch { throw Integration.carried(error) }
        }
    }

    func discard() { for writer in writers { writer.discard() } }

    /// Which target and part it is, for messages; nil for the only one.
    var label: String? { plan.label }
}

extension TargetPlan {
    /// Which target and part it is, for messages; nil for the main target of an undivided run.
    public var label: String? {
        let words = [part.map { "part \($0)" }, target].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension IntegrationCounts {
    /// What rejection did that the user should know of.
    func warnings(_ plan: IntegrationPlan) -> [String] {
        var warnings: [String] = []
        var heavy: [(name: String, share: Double)] = []
        for (index, frame) in plan.frames.enumerated() where valid[index] > 0 {
            let rejected = rejectedLow[index] + rejectedHigh[index]
            let share = Double(rejected) / Double(valid[index])
            if share > 0.25 { heavy.append((frame.path, share)) }
        }
        if let worst = heavy.max(by: { $0.share < $1.share }) {
            let reason =
                switch plan.zero {
                case .none: "its level differs from the others'; --zero median matches them"
                case .mesh: "its sky or its noise differs from the others'; leave it out if that is too many"
                default: "its sky differs from the others'; --zero mesh follows its shape, or leave the frame out"
                }
            warnings.append(
                "\(worst.name): \(fixed(worst.share * 100, 1)) % of its samples were rejected\(heavy.count > 1 ? " (above 25 % in \(heavy.count) frames)" : ""): \(reason)"
            )
        }
        if held.ateObject, let core = held.core.share, let far = held.far.share {
            let advice =
                plan.rejection.name == "noise"
                ? "give --reject noise a larger high=, or --reject none where no star passes"
                : "--reject noise, the default, spares cores; else a larger --sigma-high"
            warnings.append(
                "rejection took \(fixed(core * 100, 1)) % of the samples of the held object's core, \(fixed(far * 100, 1)) % elsewhere: it eats the object; \(advice)"
            )
        }
        return warnings
    }
}
