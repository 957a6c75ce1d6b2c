/// Samples that were seen in some part of the output, and how many of them were rejected.
package struct RegionCount: Hashable, Sendable {
    package var samples: UInt64 = 0
    package var rejected: UInt64 = 0

    package static func += (sum: inout RegionCount, other: RegionCount) {
        sum.samples += other.samples
        sum.rejected += other.rejected
    }

    package static func -= (sum: inout RegionCount, other: RegionCount) {
        sum.samples -= other.samples
        sum.rejected -= other.rejected
    }

    /// nil where there are no samples.
    package var share: Double? { samples > 0 ? Double(rejected) / Double(samples) : nil }
}
