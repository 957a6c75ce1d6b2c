public import FoundationEssentials

/// Integrates frames as `options` say. Runs on a thread of its own; cancelling the task stops it cleanly (looked at for each frame that is read).
///
/// - Parameters:
///   - files: paths of the frames, in any order.
///   - sources: what is known of objects beside the options: the user's files of elements, who asks services, tracks of the caller's own.
///   - progress: called serially, never on the pixel threads.
/// - Throws: `MotionStackError`; `.interrupted` when the task was cancelled. Nothing half-written stays.
public func integrate(
    files: [String], options: IntegrationOptions, sources: TrackSources = TrackSources(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await RunThread.run { () throws(MotionStackError) -> IntegrationResult in
            try Integration(options: options, sources: sources, cancellation: cancellation, progress: progress)
                .run(files)
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// The plan of a run: what would be done, with predicted memory and reads. Writes nothing.
///
/// - Parameters:
///   - saved: where the plan is kept for `integrate(plan:)`; what is there is replaced. nil: nowhere.
///   - hashes: whether the kept plan has hashes of the frames' data.
public func planIntegration(
    files: [String], options: IntegrationOptions, sources: TrackSources = TrackSources(), saved: String? = nil,
    hashes: Bool = false
) async throws -> IntegrationReport {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await RunThread.run { () throws(MotionStackError) -> IntegrationReport in
            try Integration(options: options, sources: sources, cancellation: cancellation).plan(
                files, saved: saved, hashes: hashes
            ).report
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// Carries out a plan that was kept, with the same bits, here or on another machine.
///
/// - Parameters:
///   - plan: path of the plan.
///   - root: what its relative paths stand on; nil: the working directory.
///   - options: its resources count, and of its outputs where the products go; all else is in the plan.
/// - Throws: `MotionStackError`; `.badData` for a frame that has changed since, with its name.
public func integrate(
    plan: String, root: String? = nil, options: IntegrationOptions = IntegrationOptions(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await RunThread.run { () throws(MotionStackError) -> IntegrationResult in
            try Integration(options: options, cancellation: cancellation, progress: progress)
                .run(plan: plan, root: root)
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// Stacks frames so that a moving object stands still.
///
/// With files and a name alone it does what the command does: the object is looked for in the user's files of orbital elements, then among
/// the replies of services that are at hand, and a service is asked where `sources` have a fetcher.
///
/// - Parameters:
///   - objectName: the object's name: label, and what sources that go by name are asked for.
///   - motion: how the object moves; nil takes what `options` have, and the name alone where they stack without motion.
///   - memoryLimit, chunkSize, chunkedEnabled, forceChunked: for this call; nil takes `IntegrationSettings.shared`.
public func integrateWithMotionTracking(
    files: [String], objectName: String, motion: MotionRequest? = nil, output: String? = nil,
    memoryLimit: ByteCount? = nil,
    chunkSize: Int? = nil, chunkedEnabled: Bool? = nil, forceChunked: Bool = false,
    options: IntegrationOptions = IntegrationOptions(), sources: TrackSources = TrackSources(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    var options = options.with(output, memoryLimit, chunkSize, chunkedEnabled, forceChunked)
    options.targets.objectName = objectName
    if let motion { options.targets.motion = motion }
    if options.targets.motion.isStandard { options.targets.motion = .byName() }
    return try await integrate(files: files, options: options, sources: sources, progress: progress)
}

/// An ordinary stack: nothing moves, frames are taken as aligned unless `options.placement.alignment` says otherwise.
public func integrateStandard(
    files: [String], output: String? = nil, memoryLimit: ByteCount? = nil, chunkSize: Int? = nil,
    chunkedEnabled: Bool? = nil,
    forceChunked: Bool = false, options: IntegrationOptions = IntegrationOptions(), progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    var options = options.with(output, memoryLimit, chunkSize, chunkedEnabled, forceChunked)
    options.targets.motion = .standard
    return try await integrate(files: files, options: options, progress: progress)
}

/// `integrateWithMotionTracking` for file URLs.
public func integrateWithMotionTracking(
    files: [URL], objectName: String, motion: MotionRequest? = nil, output: URL? = nil, memoryLimit: ByteCount? = nil,
    chunkSize: Int? = nil, chunkedEnabled: Bool? = nil, forceChunked: Bool = false,
    options: IntegrationOptions = IntegrationOptions(), sources: TrackSources = TrackSources(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    try await integrateWithMotionTracking(
        files: files.map(\.path), objectName: objectName, motion: motion, output: output?.path,
        memoryLimit: memoryLimit,
        chunkSize: chunkSize, chunkedEnabled: chunkedEnabled, forceChunked: forceChunked, options: options,
        sources: sources, progress: progress)
}

/// `integrateStandard` for file URLs.
public func integrateStandard(
    files: [URL], output: URL? = nil, memoryLimit: ByteCount? = nil, chunkSize: Int? = nil, chunkedEnabled: Bool? = nil,
    forceChunked: Bool = false, options: IntegrationOptions = IntegrationOptions(), progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    try await integrateStandard(
        files: files.map(\.path), output: output?.path, memoryLimit: memoryLimit, chunkSize: chunkSize,
        chunkedEnabled: chunkedEnabled, forceChunked: forceChunked, options: options, progress: progress)
}

extension IntegrationResult {
    /// Where the first product is; nil when none was written.
    public var output: URL? { paths.first.map { URL(fileURLWithPath: $0) } }
}

extension IntegrationOptions {
    fileprivate func with(
        _ output: String?, _ memoryLimit: ByteCount?, _ chunkSize: Int?, _ chunkedEnabled: Bool?, _ forceChunked: Bool
    ) -> IntegrationOptions {
        var options = self
        if let output { options.outputs.path = output }
        if let memoryLimit { options.resources.memoryLimit = memoryLimit }
        if let chunkSize { options.resources.chunkSize = chunkSize }
        if let chunkedEnabled { options.resources.chunkedEnabled = chunkedEnabled }
        if forceChunked { options.resources.forceChunked = true }
        return options
    }
}
