/// The bytes of tiles, from the heap behind the table of a tile-compressed image; read ahead in stretches, since tiles lie in order as a rule.
final class TileHeap {
    private let file: FITSFile
    private let layout: TileLayout
    /// Of the heap, in the file.
    private let start: Int64
    private var buffer: UnsafeMutableRawBufferPointer
    /// What the buffer holds of the heap.
    private var held: Range<Int64> = 0..<0

    static let readBytes = 1 << 18

    init(_ file: FITSFile, _ hdu: HDU, _ layout: TileLayout) {
        self.file = file
        self.layout = layout
        start = hdu.dataOffset + layout.heapOffset
        buffer = .allocate(byteCount: Self.readBytes, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Why a descriptor leads nowhere.
    enum Problem: String, Error {
        case outside = "is not where the table says: its bytes lie outside the heap"
        case tooLong = "has more bytes than a tile of its size can have"
        case shortFile = "is not in the file any more"
    }

    /// What a descriptor in a row of the table points to, valid until the next call; empty where it says that there is nothing.
    func bytes(
        _ column: TileLayout.Descriptors, of row: UnsafeRawBufferPointer
    ) throws(FITSError) -> Result<UnsafeRawBufferPointer, Problem> {
        func number(_ index: Int) -> Int64 {
            column.isWide
                ? Int64(bigEndian: row.loadUnaligned(fromByteOffset: column.offset + index * 8, as: Int64.self))
                : Int64(
                    UInt32(bigEndian: row.loadUnaligned(fromByteOffset: column.offset + index * 4, as: UInt32.self)))
        }
        let (elements, offset) = (number(0), number(1))
        if elements == 0 { return .success(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard elements > 0, offset >= 0, offset <= layout.heapBytes,
            elements <= (layout.heapBytes - offset) / Int64(column.elementBytes)
        else { return .failure(.outside) }
        let count = elements * Int64(column.elementBytes)
        guard count <= layout.mostStreamBytes else { return .failure(.tooLong) }
        if offset < held.lowerBound || offset + count > held.upperBound {
            guard try fill(offset, Int(count)) else { return .failure(.shortFile) }
        }
        let place = Int(offset - held.lowerBound)
        return .success(UnsafeRawBufferPointer(rebasing: buffer[place..<place + Int(count)]))
    }

    /// False where the file has become shorter.
    private func fill(_ offset: Int64, _ count: Int) throws(FITSError) -> Bool {
        if count > buffer.count {
            buffer.deallocate()
            buffer = .allocate(byteCount: count, alignment: 64)
        }
        let wanted = Int(min(Int64(buffer.count), layout.heapBytes - offset))
        held = 0..<0
        let got = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: start + offset)
        guard got >= count else { return false }
        held = offset..<offset + Int64(got)
        return true
    }
}
