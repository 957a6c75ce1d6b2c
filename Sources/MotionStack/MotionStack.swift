public import FoundationEssentials

/// Integrates frames as `options` say. Runs on a thread of its own; cancelling the task stops it cleanly (looked at for each frame that is read).
///
/// - Parameters:
///   - files: paths of the frames, in any order.
///   - progress: called serially, never on the pixel threads.
/// - Throws: `MotionStackError`; `.interrupted` when the task was cancelled. Nothing half-written stays.
public func integrate(
    files: [String], options: IntegrationOptions, progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await RunThread.run { () throws(MotionStackError) -> IntegrationResult in
            try Integration(options: options, cancellation: cancellation, progress: progress).run(files)
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// The plan of a run: what would be done, with predicted memory and reads. Writes nothing.
public func planIntegration(files: [String], options: IntegrationOptions) async throws -> IntegrationReport {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await RunThread.run { () throws(MotionStackError) -> IntegrationReport in
            try Integration(options: options, cancellation: cancellation).plan(files).report
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// Stacks frames so that a moving object stands still.
///
/// - Parameters:
///   - objectName: the object's name: label, and what sources that go by name are asked for.
///   - motion: where the object is at any time; nil takes what `options` have.
///   - memoryLimit, chunkSize, chunkedEnabled, forceChunked: for this call; nil takes `IntegrationSettings.shared`.
public func integrateWithMotionTracking(
    files: [String], objectName: String, motion: MotionRequest? = nil, output: String? = nil,
    memoryLimit: ByteCount? = nil,
    chunkSize: Int? = nil, chunkedEnabled: Bool? = nil, forceChunked: Bool = false,
    options: IntegrationOptions = IntegrationOptions(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    var options = options.with(output, memoryLimit, chunkSize, chunkedEnabled, forceChunked)
    options.objectName = objectName
    if let motion { options.motion = motion }
    guard !options.motion.isStandard else {
        throw MotionStackError(
            .usage,
            "no source of motion for \(objectName): give motion (rate and angle, a table, a track), or use integrateStandard"
        )
    }
    return try await integrate(files: files, options: options, progress: progress)
}

/// An ordinary stack: nothing moves, frames are taken as aligned unless `options.alignment` says otherwise.
public func integrateStandard(
    files: [String], output: String? = nil, memoryLimit: ByteCount? = nil, chunkSize: Int? = nil,
    chunkedEnabled: Bool? = nil,
    forceChunked: Bool = false, options: IntegrationOptions = IntegrationOptions(), progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    var options = options.with(output, memoryLimit, chunkSize, chunkedEnabled, forceChunked)
    options.motion = .standard
    return try await integrate(files: files, options: options, progress: progress)
}

/// `integrateWithMotionTracking` for file URLs.
public func integrateWithMotionTracking(
    files: [URL], objectName: String, motion: MotionRequest? = nil, output: URL? = nil, memoryLimit: ByteCount? = nil,
    chunkSize: Int? = nil, chunkedEnabled: Bool? = nil, forceChunked: Bool = false,
    options: IntegrationOptions = IntegrationOptions(),
    progress: ProgressHandler? = nil
) async throws -> IntegrationResult {
    try await integrateWithMotionTracking(
        files: files.map(\.path), objectName: objectName, motion: motion, output: output?.path,
        memoryLimit: memoryLimit,
        chunkSize: chunkSize, chunkedEnabled: chunkedEnabled, forceChunked: forceChunked, options: options,
        progress: progress)
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
        if let output { options.output = output }
        if let memoryLimit { options.memoryLimit = memoryLimit }
        if let chunkSize { options.chunkSize = chunkSize }
        if let chunkedEnabled { options.chunkedEnabled = chunkedEnabled }
        if forceChunked { options.forceChunked = true }
        return options
    }
}
