internal import Files

/// An amount of memory or disk, bytes.
///
/// Text form: a number with a suffix, B, KB MB GB TB (powers of 1000) or KiB MiB GiB TiB (powers of 1024), any case; a bare number is GB.
public struct ByteCount: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var bytes: Int64

    public init(_ bytes: Int64) { self.bytes = bytes }
    public init(_ bytes: Int) { self.bytes = Int64(bytes) }

    public static func bytes(_ count: Int) -> ByteCount { ByteCount(count) }
    public static func megabytes(_ count: Double) -> ByteCount { ByteCount(Int64(count * 1e6)) }
    public static func gigabytes(_ count: Double) -> ByteCount { ByteCount(Int64(count * 1e9)) }

    /// Reads the text form; nil when it is not one, not positive, or above 2^62 bytes.
    public init?(parsing text: String) {
        let trimmed = text.lowercased().filter { $0 != " " && $0 != "_" }
        let digits = trimmed.prefix { $0.isNumber || $0 == "." || $0 == "+" }
        let suffix = trimmed.dropFirst(digits.count)
        let scales: [Substring: Double] = [
            "": 1e9, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
            "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let value = Double(digits), let scale = scales[suffix] else { return nil }
        let total = (value * scale).rounded()
        guard total >= 1, total < 4.6e18 else { return nil }
        bytes = Int64(total)
    }

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
