internal import ArgumentParser
internal import MotionStack

struct LevelArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Factor of each frame: none, auto, exposure, stars (exposure x transparency, by the light of the same stars), mean, median, mode (of its level), level:NAME (the level is in a card), keyword:NAME or file:PATH (the factors themselves). Default: auto, where frames are aligned: by stars, by exposure where all are equal or none can be measured.",
            valueName: "how"),
        transform: { try Word.normalisation($0, "--scale") })
    var scale: Normalisation?

    @Option(
        help: ArgumentHelp(
            "Frames of a lower transparency by stars are left out; 1 is the 80th percentile of the frames used.",
            valueName: "share"),
        transform: { try Word.number($0, in: StackRequest.Input.transparencies) })
    var minTransparency: Double = 0.3

    @Flag(help: "The classic flat scaling: 1/median.")
    var flatScale = false

    @Option(
        help: ArgumentHelp(
            "Offset of each frame: none, mean, median, mode, mesh (follows the shape of the sky), level:NAME (the level is in a card), keyword:NAME or file:PATH (the offsets themselves). Default: median where frames are aligned, mesh where that would reject a fifth of a frame.",
            valueName: "how"),
        transform: { try Word.normalisation($0, "--zero") })
    var zero: Normalisation?

    @Option(
        help: ArgumentHelp(
            "What each frame counts for in averages and sums: none, auto, exposure, noise (1 / its variance at the level of the sky), snr (the same over the area of its stars), keyword:NAME or file:PATH. Default: auto, by noise where frames are aligned and that lowers the noise by more than 1 %.",
            valueName: "how"),
        transform: Word.weighting)
    var weight: Weighting?

    @Option(
        help: ArgumentHelp("Pixels that levels are measured on.", valueName: "[x1:x2,y1:y2]"), transform: Word.section)
    var statisticsSection: PixelSection?

    enum Extent: String, CaseIterable, ExpressibleByArgument { case sample, full }

    @Option(help: "Measure levels on rows spread over the frame, or on all.")
    var statistics: Extent = .sample

    func apply(to options: inout IntegrationOptions) throws(MotionStackError) {
        if flatScale, scale != nil { throw MotionStackError(.usage, "--flat-scale and --scale contradict each other") }
        options.levels.scale = flatScale ? .inverseMedian : scale ?? .auto
        options.input.minimumTransparency = minTransparency
        options.levels.zero = zero
        options.levels.weighting = weight ?? .auto
        options.levels.statisticsSection = statisticsSection
        options.levels.fullStatistics = statistics == .full
    }
}
