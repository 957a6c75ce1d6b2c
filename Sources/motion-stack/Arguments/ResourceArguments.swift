internal import ArgumentParser
internal import MotionStack

struct ResourceArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Peak memory of the whole command: 512MB, 2GiB; a bare number is GB, over 4096 bytes (2e9). Default: 2.",
            valueName: "size"),
        transform: Word.memory)
    var memoryLimit: MemoryText?

    @Option(
        help: ArgumentHelp("Frames that are decoded together; never changes the result. Default: 10.", valueName: "n"),
        transform: { try Word.count($0, in: StackRequest.Resources.chunkSizes) })
    var chunkSize: Int?

    @Flag(help: "Work in chunks however few frames there are.")
    var forceChunked = false

    @Flag(help: "Never work in chunks.")
    var noChunked = false

    @Option(help: ArgumentHelp("exact.", valueName: "mode"), transform: Word.chunkMode)
    var chunkMode: String = "exact"

    @Option(
        help: ArgumentHelp("Threads that work on pixels. Default: the processors.", valueName: "n"),
        transform: { try Word.count($0, in: StackRequest.Resources.threadCounts) })
    var threads: Int?

    @Option(
        help: ArgumentHelp("Folder of the scratch file. Default: that of the output.", valueName: "folder"),
        completion: .directory)
    var scratch: String?

    enum Preset: String, CaseIterable, ExpressibleByArgument {
        case auto, small, medium, large

        /// Limit and chunk size of a machine with 4, 8, 16 GB.
        func values() -> (limit: ByteCount, chunk: Int) {
            switch self {
            case .small: return (.gigabytes(1), 5)
            case .medium: return (.gigabytes(2), 10)
            case .large: return (.gigabytes(4), 20)
            case .auto:
                let gigabytes = Double(Machine.memoryBytes ?? 8_000_000_000) / 1e9
                return (gigabytes >= 15 ? Preset.large : gigabytes >= 7 ? .medium : .small).values()
            }
        }
    }

    @Option(help: "Memory limit and chunk size for machines of 4, 8, 16 GB; auto picks by this one.")
    var preset: Preset?

    /// The limit, and where it comes from.
    private func limit(_ settings: Settings) -> (size: MemoryText, origin: String)? {
        if let memoryLimit { return (memoryLimit, "--memory-limit") }
        if let preset { return (MemoryText(preset.values().limit), "--preset \(preset.rawValue)") }
        return settings.memory(.memoryLimit)
    }

    /// The limit alone.
    func limits(_ settings: Settings) -> StackRequest.Resources {
        var resources = StackRequest.Resources()
        resources.limitsWholeProcess = true
        if let limit = limit(settings) {
            resources.memoryLimit = limit.size.amount
            resources.memoryLimitOrigin = limit.origin
        }
        return resources
    }

    func apply(
        _ settings: Settings, to options: inout IntegrationOptions, display: ProgressDisplay
    ) throws(MotionStackError) {
        if forceChunked, noChunked {
            throw MotionStackError(.usage, "--force-chunked and --no-chunked contradict each other")
        }
        if let limit = limit(settings) {
            options.resources.memoryLimit = limit.size.amount
            options.resources.memoryLimitOrigin = limit.origin
            if limit.size.isBareBytes {
                display.narrate(
                    "\(limit.origin): \(limit.size.text) is taken as bytes, as every number above 4096 without a unit: \(limit.size.amount)"
                )
            }
        }
        options.resources.chunkSize =
            chunkSize ?? preset?.values().chunk ?? settings.count(.chunkSize) ?? options.resources.chunkSize
        options.resources.chunkedEnabled =
            noChunked ? false : settings.flag(.enableChunked) ?? options.resources.chunkedEnabled
        options.resources.forceChunked = forceChunked
        options.resources.threads = threads ?? settings.count(.threads)
        options.resources.scratchFolder = scratch
        options.resources.limitsWholeProcess = true
    }
}
