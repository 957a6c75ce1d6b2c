internal import Files

extension Planner {
    /// Bytes that may be taken for a while before anything is planned.
    static func memoryLeft(_ limit: MemoryLimit, _ excluded: ByteCount) -> Int64 {
        limit.limit.bytes - ProcessMemory.resident(above: excluded).bytes - Int64(unledgered)
    }

    /// Gzip streams never hold more than that many times their own size.
    private static let mostExpansion: Int64 = 1032

    /// Whether gzip frames fit a scratch folder that is in memory: told before the first is expanded. Throws `.doesNotFit`.
    func checkScratchRoom(_ paths: [String]) throws(MotionStackError) {
        guard let room = scratch.memoryRoom else { return }
        var least: Int64 = 0
        for path in paths {
            try cancellation.check()
            least += leastExpanded(path)
        }
        guard least > room else { return }
        throw MotionStackError(
            .doesNotFit,
            "the gzip frames take at least \(ByteCount(least)) when they are expanded, and the scratch folder \(scratch.folder) is in memory (tmpfs), where the memory limit leaves \(ByteCount(room)); --scratch DIR names a folder on a disk"
        )
    }

    /// What a gzip stream says of its size in its last four bytes, that of its last member; 0 for other files, and where it is no size of a FITS file or
    /// none that the stream can have: then the file is cut short.
    private func leastExpanded(_ path: String) -> Int64 {
        guard let descriptor = try? files.openForReading(path) else { return 0 }
        defer { files.close(descriptor) }
        guard let size = try? files.identity(of: descriptor, path: path).size, size > 18 else { return 0 }
        var bytes = [UInt8](repeating: 0, count: 6)
        func read(_ range: Range<Int>, _ offset: Int64) -> Bool {
            bytes.withUnsafeMutableBytes {
                (try? files.read(descriptor, into: .init(rebasing: $0[range]), at: offset, path: path)) == range.count
            }
        }
        guard read(0..<2, 0), bytes[0] == 0x1F, bytes[1] == 0x8B, read(2..<6, size - 4) else { return 0 }
        let told = bytes[2...].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return told % 2880 == 0 && told <= size * Self.mostExpansion ? told : 0
    }
}
