/// What the engine is given beside its work: how to go on, and whom to tell.
struct RunContext: Sendable {
    var kernels: PixelKernels
    var cancellation: Cancellation
    /// Resident memory that the run may take, and what the plan says it will.
    var limit: ByteCount
    var predictedPeak: ByteCount
    /// What is resident of the run now.
    var resident: @Sendable () -> ByteCount
    /// Told on the calling thread: pixels done, pixels of the whole output, strips done.
    var progress: @Sendable (Int, Int, Int) -> Void = { _, _, _ in }
    /// Told of what had to be adapted.
    var note: @Sendable (String) -> Void = { _ in }
}
