internal import ArgumentParser
internal import MotionStack

/// Several products from one read.
struct ProductArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Hold this object, too, on the same grid: one product more. NAME=FILE gives it a table of positions; stars holds the stars. Repeatable.",
            valueName: "name"))
    var also: [String] = []

    @Option(
        help: ArgumentHelp("Sub-stacks of so many consecutive parts of the frames.", valueName: "n"),
        transform: { try Word.count($0, in: StackRequest.Targets.partCounts) })
    var split: Int?

    @Option(
        help: ArgumentHelp("Sub-stacks of so many parts, frames taking turns.", valueName: "n"),
        transform: { try Word.count($0, in: StackRequest.Targets.partCounts) })
    var interlace: Int?

    @Option(
        help: ArgumentHelp(
            "Look within so much around the source's rate and angle for what holds the object better.",
            valueName: "percent"),
        transform: { try Word.number($0, in: StackRequest.Targets.refineRatePercents) })
    var refineRate: Double?

    /// Throws `.usage`.
    func apply(
        to options: inout IntegrationOptions, _ motion: MotionArguments, _ online: OnlineArguments
    ) throws(MotionStackError) {
        if split != nil, interlace != nil {
            throw MotionStackError(.usage, "--split and --interlace divide the frames in two ways: give one")
        }
        options.targets.parts = split.map { .consecutive($0) } ?? interlace.map { .interlaced($0) }
        options.targets.refineRatePercent = refineRate
        for word in also {
            if word.lowercased() == "stars" {
                options.targets.also.append(.stars)
                continue
            }
            // Paths may hold '='; names do not.
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = sides.first, !name.isEmpty, sides.count < 2 || !sides[1].isEmpty else {
                throw MotionStackError(.usage, "--also '\(word)': expected NAME, NAME=FILE or stars")
            }
            options.targets.also.append(
                .object(name: name, motion: sides.count == 2 ? .table(path: sides[1]) : motion.named(online.use)))
        }
    }
}
