internal import ArgumentParser
internal import MotionStack

struct PlacementArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Frame whose grid the result has: first, or a file. Default: the frame nearest to the mean time.",
            valueName: "first or file"),
        completion: .file(),
        transform: { $0 == "first" ? .first : .file($0) })
    var reference: ReferenceChoice = .nearestToMeanTime

    @Option(
        help: ArgumentHelp(
            "Instant at which the object is at the held place: first, or UTC. Default: the mean time.",
            valueName: "first or time"),
        transform: Word.referenceTime)
    var referenceTime: ReferenceTime = .mean

    @Option(
        help: ArgumentHelp(
            "How frames are laid over each other: none; shift (moved, not turned); wcs (by their whole world coordinates: turned, mirrored, scaled and bent as need be); auto (shift, and none with --standard). Default: auto.",
            valueName: "alignment"), transform: Word.alignment)
    var align: Alignment = .auto

    @Option(
        help: ArgumentHelp(
            "How a sample between pixels is formed. Default: auto."
                + Interpolation.allCases.map { "\n\($0.rawValue): \($0.summary)" }.joined(),
            valueName: "kernel"),
        transform: Word.interpolation)
    var interpolation: Interpolation = .auto

    @Option(
        help: ArgumentHelp("reference, union or intersection.", valueName: "framing"),
        transform: { try Word.choice($0) })
    var framing: Framing = .reference

    @Option(
        help: ArgumentHelp("Cut-out around the held place, or around a pixel.", valueName: "WxH or WxH@X,Y"),
        transform: Word.crop)
    var crop: Crop?

    func apply(to options: inout IntegrationOptions) {
        options.placement.reference = reference
        options.placement.referenceTime = referenceTime
        options.placement.alignment = align
        options.placement.interpolation = interpolation
        options.placement.framing = framing
        options.placement.crop = crop
    }
}
