internal import Files

extension FrameTimes {
    /// What is wrong where exposures are far longer than the frames' spacing: ten times in the median, which no camera
    /// can do. Nil where all is well or fewer than three frames tell.
    public static func spacingProblem(_ times: [FrameTime]) -> SkyError? {
        let exposures = times.compactMap(\.exposureSeconds).sorted()
        let instants = times.map(\.instant).sorted()
        // The same frame given twice says nothing about the spacing.
        let steps = zip(instants.dropFirst(), instants).map { $0.seconds(since: $1) }.filter { $0 > 1e-6 }.sorted()
        guard exposures.count >= 3, steps.count >= 2 else { return nil }
        let exposure = exposures[exposures.count / 2]
        let step = steps[steps.count / 2]
        guard exposure > 10 * step else { return nil }
        return SkyError(
            .noTime, operation: "use the exposure times",
            detail: "frames are \(fixed(step, 1)) s apart but exposed for \(fixed(exposure, 1)) s: milliseconds?")
    }
}
