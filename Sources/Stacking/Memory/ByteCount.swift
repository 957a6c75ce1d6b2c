internal import Files

/// An amount of memory or disk, bytes.
///
/// The forms of text that are read are those of `ByteCount.read(_:)`.
public struct ByteCount: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var bytes: Int64

    public init(_ bytes: Int64) { self.bytes = bytes }
    public init(_ bytes: Int) { self.bytes = Int64(bytes) }

    public static func bytes(_ count: Int) -> ByteCount { ByteCount(count) }
    public static func megabytes(_ count: Double) -> ByteCount { ByteCount(Int64(count * 1e6)) }
    public static func gigabytes(_ count: Double) -> ByteCount { ByteCount(Int64(count * 1e9)) }

    public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
    public static func + (a: ByteCount, b: ByteCount) -> ByteCount { ByteCount(a.bytes + b.bytes) }

    /// "2.0 GB", "64.0 MB", "120 MB", "812 B".
    public var description: String {
        let value = Double(bytes)
        for (scale, unit) in [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where value >= scale {
            return "\(fixed(value / scale, value / scale >= 99.95 ? 0 : 1)) \(unit)"
        }
        return "\(bytes) B"
    }
}

extension ByteCount {
    /// Text that reads back to exactly this: "23500000B", or in MB where that is exact.
    public var exactText: String {
        if bytes % 100_000 == 0 {
            return bytes % 1_000_000 == 0 ? "\(bytes / 1_000_000)MB" : "\(fixed(Double(bytes) / 1e6, 1))MB"
        }
        return "\(bytes)B"
    }
}
