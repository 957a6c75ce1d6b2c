/// What the engine is given beside its work: how to go on, and whom to tell.
package struct RunContext: Sendable {
    package var kernels: PixelKernels
    package var cancellation: Cancellation
    /// Resident memory that the run may take, and what the plan says it will.
    package var limit: ByteCount
    package var predictedPeak: ByteCount
    /// What is resident of the run now.
    package var resident: @Sendable () -> ByteCount
    /// Told on the calling thread: pixels done, pixels of the whole output, strips done.
    package var progress: @Sendable (Int, Int, Int) -> Void = { _, _, _ in }
    /// Told of what had to be adapted.
    package var note: @Sendable (String) -> Void = { _ in }

    package init(
        kernels: PixelKernels, cancellation: Cancellation, limit: ByteCount, predictedPeak: ByteCount,
        resident: @escaping @Sendable () -> ByteCount,
        progress: @escaping @Sendable (Int, Int, Int) -> Void = { _, _, _ in },
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.kernels = kernels
        self.cancellation = cancellation
        self.limit = limit
        self.predictedPeak = predictedPeak
        self.resident = resident
        self.progress = progress
        self.note = note
    }
}
