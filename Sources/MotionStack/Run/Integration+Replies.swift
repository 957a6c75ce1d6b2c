/// Replies of services that a run took: counted, and kept beside the products that were made with them.
extension Integration {
    /// Where the reply for each object goes: beside its first product.
    func replyCopies(_ plans: [IntegrationPlan], _ paths: [String]) -> [ReplyCopy] {
        services.replies.compactMap { reply in
            var first = 0
            for plan in plans {
                if (plan.target ?? options.targets.objectName) == reply.object, first < paths.count {
                    return ReplyCopy(reply, beside: paths[first])
                }
                first += plan.methods.count
            }
            return nil
        }
    }

    /// Keeps the replies; what cannot be kept is a warning, since the products are there.
    func keepReplies(_ plans: [IntegrationPlan], _ paths: [String], _ narrator: Narrator) -> [IntegrationReport.Reply] {
        var kept: [IntegrationReport.Reply] = []
        for copy in replyCopies(plans, paths) {
            do throws(MotionStackError) {
                try copy.write(overwrite: options.outputs.overwrite)
                kept.append(.init(object: copy.object, path: copy.path))
            } catch { narrator.say(error.message, .warning) }
        }
        return kept
    }
}

extension IntegrationReport {
    /// Counts the program that asked, which ran beside this one before the stack.
    mutating func count(_ services: ServiceRecord) {
        guard let peak = services.peakBytes else { return }
        measuredPeak = measuredPeak.map { max($0, peak) }
        plan.memory.predictedPeak = max(plan.memory.predictedPeak, peak)
    }
}
