package import CKernels

/// The variant of the pixel kernels that a run uses. All variants give the same bits.
package struct PixelKernels: @unchecked Sendable {
    // The table is constant data of the program.
    package let table: UnsafePointer<ms_kernels>

    /// - Parameter name: nil: the best that the processor has. Throws `.unsupported` for one that there is not.
    package init(named name: String?) throws(StackingError) {
        guard let name else {
            guard let best = ms_kernels_best() else {
                throw StackingError(.unsupported, "no pixel kernels on this processor")
            }
            table = best
            return
        }
        guard let found = ms_kernels_named(name) else {
            throw StackingError(
                .unsupported, "kernels '\(name)': this processor has \(Self.available.joined(separator: ", "))")
        }
        table = found
    }

    package var name: String { String(cString: table.pointee.name) }

    package static var available: [String] {
        (0..<ms_kernels_count()).compactMap { ms_kernels_at($0).flatMap { String(validatingCString: $0.pointee.name) } }
    }
}
