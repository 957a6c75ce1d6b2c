internal import Glibc

/// Memory of a run: an anonymous mapping, made once, before the first read, and counted in the ledger. Zero until it is written.
package final class Buffer: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer
    package let count: Int

    /// nil where the kernel has none.
    package init?(bytes: Int) {
        let size = max(4096, (bytes + 4095) & ~4095)
        guard let pointer = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pointer != MAP_FAILED
        else {
            return nil
        }
        // Huge pages would make memory resident that nobody asked for.
        madvise(pointer, size, MADV_NOHUGEPAGE)
        base = pointer
        count = size
    }

    deinit { munmap(base, count) }

    package static func make(_ bytes: Int, _ what: String) throws(StackingError) -> Buffer {
        guard let buffer = Buffer(bytes: bytes) else {
            throw StackingError(
                .noResources, "the system has no \(ByteCount(bytes)) for \(what); a lower memory limit takes less")
        }
        return buffer
    }

    /// Gives whole pages of a part back to the system.
    package func discard(_ range: Range<Int>) {
        let lower = (range.lowerBound + 4095) & ~4095
        let upper = min(range.upperBound, count) & ~4095
        if upper > lower { madvise(base + lower, upper - lower, MADV_DONTNEED) }
    }

    package func floats(at offset: Int = 0) -> UnsafeMutablePointer<Float> {
        (base + offset).assumingMemoryBound(to: Float.self)
    }
}
