internal import Synchronization

/// Counters that several threads add to, one a frame.
final class StreamedCounts: @unchecked Sendable {
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>

    init(count: Int) {
        counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: max(1, count))
        for index in 0..<max(1, count) { (counts + index).initialize(to: Atomic(0)) }
        self.count = count
    }

    private let count: Int

    deinit {
        counts.deinitialize(count: max(1, count))
        counts.deallocate()
    }

    func add(_ value: UInt64, at index: Int) { counts[index].add(value, ordering: .relaxed) }
    func value(_ index: Int) -> UInt64 { counts[index].load(ordering: .relaxed) }
}
