internal import Files
internal import Glibc

/// Where each object's line stands in a catalogue of a million lines: a file beside it, made once.
///
/// Sorted pairs (hash of a name or packed designation, offset of the line), then the places from which a gzip file can
/// be read. It holds for one size and time of the catalogue, and is made anew when they change.
struct CatalogueIndex {
    struct Entry {
        var hash: UInt64
        var offset: UInt64
    }

    private let file: CatalogueFile
    private let count: Int
    private let checkpoints: [(output: Int64, input: Int64, bits: Int, position: Int64, window: Int)]

    fileprivate static let magic: UInt64 = 0x4D53_4944_5830_3033  // "MSIDX003", and the byte order
    fileprivate static let headerBytes = 48
    fileprivate static let entryBytes = 16
    fileprivate static let checkpointBytes = 32

    /// An index that fits the catalogue; nil when there is none, or one of another file.
    init?(_ path: String, of catalogue: CatalogueFile) {
        guard let file = try? CatalogueFile(path),
            let head = try? file.bytes(at: 0, count: Self.headerBytes), head.count == Self.headerBytes
        else { return nil }
        let words = Self.words(head)
        guard words[0] == Self.magic, words[1] == UInt64(bitPattern: catalogue.size),
            words[2] == UInt64(bitPattern: catalogue.modifiedNanoseconds)
        else { return nil }
        let (entries, points) = (words[3], words[4])
        guard entries < 1 << 28, points < 1 << 16 else { return nil }
        let start = Self.headerBytes + Int(entries) * Self.entryBytes
        guard file.size >= Int64(start + Int(points) * Self.checkpointBytes), words[5] == UInt64(file.size),
            let rows = try? file.bytes(at: Int64(start), count: Int(points) * Self.checkpointBytes)
        else { return nil }
        let numbers = Self.words(rows)
        var position = Int64(start + rows.count)
        var checkpoints: [(output: Int64, input: Int64, bits: Int, position: Int64, window: Int)] = []
        for index in 0..<Int(points) {
            let window = numbers[4 * index + 3]
            guard window <= 32 << 10, numbers[4 * index + 2] < 8 else { return nil }
            checkpoints.append(
                (
                    Int64(truncatingIfNeeded: numbers[4 * index]), Int64(truncatingIfNeeded: numbers[4 * index + 1]),
                    Int(numbers[4 * index + 2]), position, Int(window)
                ))
            position += Int64(window)
        }
        self.file = file
        count = Int(entries)
        self.checkpoints = checkpoints
    }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        bytes.withUnsafeBytes { raw in
            (0..<(bytes.count / 8)).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
    }

    /// Offsets of the lines whose key has this hash; a few lines may have the same by chance.
    func offsets(of hash: UInt64) throws(SkyError) -> [Int64] {
        func entry(_ index: Int) throws(SkyError) -> Entry {
            let bytes = try file.bytes(
                at: Int64(Self.headerBytes + index * Self.entryBytes), count: Self.entryBytes)
            guard bytes.count == Self.entryBytes else { return Entry(hash: .max, offset: 0) }
            let words = Self.words(bytes)
            return Entry(hash: words[0], offset: words[1])
        }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if try entry(middle).hash < hash { low = middle + 1 } else { high = middle }
        }
        var found: [Int64] = []
        while low < count, found.count < 1000 {
            let next = try entry(low)
            guard next.hash == hash else { break }
            found.append(Int64(truncatingIfNeeded: next.offset))
            low += 1
        }
        return found
    }

    /// The nearest place before an offset of the text from which the gzip file can be read.
    func checkpoint(before offset: Int64) throws(SkyError) -> GzipStream.Checkpoint? {
        guard let point = checkpoints.last(where: { $0.output <= offset }) else { return nil }
        let window = try file.bytes(at: point.position, count: point.window)
        return GzipStream.Checkpoint(output: point.output, input: point.input, bits: point.bits, window: window)
    }

    /// Hash of a packed designation, blanks at its ends aside (FNV-1a, 64 bits).
    static func hash(packed bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash = FNV1a(variant: 0x50)
        for byte in bytes where byte != 0x20 { hash.add(byte) }
        return hash.value
    }

    /// Hash of a name or readable designation as `Designation.key` spells it, straight from the bytes of ASCII text.
    static func hash(name bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash = FNV1a()
        for byte in bytes {
            switch byte {
            case 0x61...0x7A: hash.add(byte - 0x20)
            case 0x30...0x39, 0x41...0x5A, 0x2F, 0x80...0xFF: hash.add(byte)
            default: break
            }
        }
        return hash.value
    }
}

/// Makes an index in a few megabytes of memory: entries go to a scratch file, and come back sorted in sixteen parts.
final class CatalogueIndexBuilder {
    private let path: String
    private let temporary: String
    private let output: Int32
    private let scratch: Int32
    private var buffer: [CatalogueIndex.Entry] = []
    private var count = 0
    private var good = true
    private var isPublished = false

    private static let bufferEntries = 16 << 10
    private static let parts = 16

    /// Nil where the folder cannot be written.
    init?(_ path: String) {
        self.path = path
        temporary = "\(path).\(getpid()).part"
        let scratchPath = temporary + "s"
        output = open(temporary.systemPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard output >= 0 else { return nil }
        scratch = open(scratchPath.systemPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // Nothing of it stays behind, whatever happens.
        unlink(scratchPath.systemPath)
        guard scratch >= 0 else {
            close(output)
            unlink(temporary.systemPath)
            return nil
        }
        buffer.reserveCapacity(Self.bufferEntries)
    }

    deinit {
        close(output)
        close(scratch)
        if !isPublished { unlink(temporary.systemPath) }
    }

    func add(_ hash: UInt64, at offset: Int64) {
        buffer.append(.init(hash: hash, offset: UInt64(bitPattern: offset)))
        count += 1
        if buffer.count == Self.bufferEntries { flush() }
    }

    private func flush() {
        good = good && buffer.withUnsafeBytes { Self.put($0, scratch) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Sorts, writes and renames into place; false where that could not be done (a full disk).
    func publish(_ checkpoints: [GzipStream.Checkpoint], of catalogue: CatalogueFile) -> Bool {
        flush()
        let total =
            CatalogueIndex.headerBytes + count * CatalogueIndex.entryBytes
            + checkpoints.count * CatalogueIndex.checkpointBytes + checkpoints.reduce(0) { $0 + $1.window.count }
        let header: [UInt64] = [
            CatalogueIndex.magic, UInt64(bitPattern: catalogue.size), UInt64(bitPattern: catalogue.modifiedNanoseconds),
            UInt64(count), UInt64(checkpoints.count), UInt64(total),
        ]
        good = good && header.withUnsafeBytes { Self.put($0, output) }
        for part in 0..<Self.parts where good { writePart(part) }
        var rows: [UInt64] = []
        for point in checkpoints {
            rows += [
                UInt64(bitPattern: point.output), UInt64(bitPattern: point.input), UInt64(point.bits),
                UInt64(point.window.count),
            ]
        }
        good = good && rows.withUnsafeBytes { Self.put($0, output) }
        for point in checkpoints { good = good && point.window.withUnsafeBytes { Self.put($0, output) } }
        guard good, rename(temporary.systemPath, path.systemPath) == 0 else { return false }
        isPublished = true
        return true
    }

    /// The entries whose hash has these top bits, sorted.
    private func writePart(_ part: Int) {
        var chosen: [CatalogueIndex.Entry] = []
        chosen.reserveCapacity(count / Self.parts * 11 / 10 + 64)
        var block = [CatalogueIndex.Entry](repeating: .init(hash: 0, offset: 0), count: Self.bufferEntries)
        var offset = 0
        let bytes = count * CatalogueIndex.entryBytes
        while offset < bytes {
            let got = block.withUnsafeMutableBytes { pread(scratch, $0.baseAddress, $0.count, off_t(offset)) }
            if got < 0, errno == EINTR { continue }
            guard got > 0, got % CatalogueIndex.entryBytes == 0 else {
                good = false
                return
            }
            for index in 0..<(got / CatalogueIndex.entryBytes) where Int(block[index].hash >> 60) == part {
                chosen.append(block[index])
            }
            offset += got
        }
        chosen.sort { $0.hash == $1.hash ? $0.offset < $1.offset : $0.hash < $1.hash }
        good = good && chosen.withUnsafeBytes { Self.put($0, output) }
    }

    private static func put(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, base + done, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}
