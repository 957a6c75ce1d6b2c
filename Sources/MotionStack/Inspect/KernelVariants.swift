/// The variants of the pixel kernels: what there is, and which one runs.
public struct KernelVariants: Sendable {
    /// Those that this processor can run, best first.
    public let available: [String]
    /// The one that runs.
    public let chosen: String

    /// - Parameter name: forces a variant; nil: the best. Throws `.usage` for one that there is not.
    public init(named name: String?) throws(MotionStackError) {
        available = PixelKernels.available
        do throws(StackingError) { chosen = try PixelKernels(named: name).name } catch {
            throw MotionStackError(.usage, error.detail)
        }
    }
}
