/// The text of a gzip file (RFC 1952), piece after piece, with places from which it can be taken up again later.
///
/// All members are expanded. The CRC of each that is read from its start is checked. The length field at a member's end is
/// not trusted and not even looked at: it is 32 bits, and real files have it wrong. What follows the last member and is no
/// member is ignored. Holds less than 192 KiB.
package final class GzipStream {
    /// Where reading can start in the middle of the file: the state of the decompressor at a block's border.
    package struct Checkpoint {
        /// Offset in the text.
        package var output: Int64
        /// Offset in the file of the first whole byte, and how many bits of the one before belong to it.
        package var input: Int64
        package var bits: Int
        /// The last 32 KiB of text; empty at the start of a member.
        package var window: [UInt8]

        package init(output: Int64, input: Int64, bits: Int, window: [UInt8]) {
            self.output = output
            self.input = input
            self.bits = bits
            self.window = window
        }
    }

    private let input: GzipInput
    private let inflater: Inflater
    private let limit: Int64
    private var window: [UInt8] = []
    private var keepsWindow = false
    /// Of the member that is being read; nil where its start was not seen.
    private var checksum: UInt?
    private var isInMember = false
    private var hasEnded = false
    /// How much text came so far, counted from the file's start.
    package private(set) var outputOffset: Int64 = 0
    package private(set) var lastCheckpoint: Checkpoint?

    /// From the start of the file, or from a checkpoint. No more than `limit` bytes of text are given.
    /// - Throws: `.notGzip`; `.corrupt` for a damaged header.
    package init(
        _ file: OpenFile, from checkpoint: Checkpoint? = nil, limit: Int64 = 8 << 30
    ) throws(FilesError) {
        input = GzipInput(file, at: checkpoint?.input ?? 0)
        self.limit = limit
        do throws(Inflater.Damage) { inflater = try Inflater() } catch {
            throw FilesError(.io, "expand", path: file.path, error.reason)
        }
        if let checkpoint, !checkpoint.window.isEmpty {
            outputOffset = checkpoint.output
            window = checkpoint.window
            isInMember = true
            let byte = checkpoint.bits > 0 ? try file.bytes(at: checkpoint.input - 1, count: 1).first ?? 0 : 0
            inflater.resume(bits: checkpoint.bits, of: byte, window: checkpoint.window)
        } else {
            outputOffset = checkpoint?.output ?? 0
            lastCheckpoint = Checkpoint(output: outputOffset, input: input.offset, bits: 0, window: [])
            guard try beginMember() else { throw input.error(.notGzip, "it is not a gzip file") }
        }
    }

    /// The next piece of text, at most 256 KiB; nil at the end. Throws `.truncated`, `.corrupt`, `.tooLarge`.
    ///
    /// Stops at a block's border, where `lastCheckpoint` is renewed, when `spacing` bytes of text have passed.
    package func next(checkpointEvery spacing: Int64 = .max) throws(FilesError) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: 256 << 10)
        let made = try output.withUnsafeMutableBufferPointer { (buffer) throws(FilesError) -> Int in
            try fill(UnsafeMutableRawBufferPointer(buffer), checkpointEvery: spacing)
        }
        output.removeLast(output.count - made)
        return made == 0 ? nil : output
    }

    /// Fills the buffer with text. Returns how much; 0 at the end.
    package func fill(
        _ buffer: UnsafeMutableRawBufferPointer, checkpointEvery spacing: Int64 = .max
    ) throws(FilesError) -> Int {
        var made = 0
        keepsWindow = spacing != .max
        while made < buffer.count, !hasEnded {
            guard isInMember else {
                hasEnded = try !beginMember()
                continue
            }
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[made...])
            let step = try expand(into: room, stopsAtBorders: keepsWindow)
            made += step.made
            switch step.ending {
            case .paused: break
            case .ended: try endMember()
            case .border(let bits):
                let offset = outputOffset + Int64(made)
                guard offset - (lastCheckpoint?.output ?? 0) >= spacing else { break }
                keep(UnsafeRawBufferPointer(rebasing: buffer[..<made]))
                // Without a window it would stand for the start of a member.
                guard !window.isEmpty else { break }
                lastCheckpoint = Checkpoint(output: offset, input: input.offset, bits: bits, window: window)
                outputOffset = offset
                return made
            }
        }
        if keepsWindow { keep(UnsafeRawBufferPointer(rebasing: buffer[..<made])) }
        outputOffset += Int64(made)
        return made
    }

    private func expand(
        into room: UnsafeMutableRawBufferPointer, stopsAtBorders: Bool
    ) throws(FilesError) -> (made: Int, ending: Inflater.Ending) {
        let compressed = try input.available()
        guard !compressed.isEmpty else { throw input.error(.truncated, "the gzip file is cut short") }
        let step: (taken: Int, made: Int, ending: Inflater.Ending)
        do throws(Inflater.Damage) {
            step = try inflater.step(
                UnsafeRawBufferPointer(compressed), into: room, stopsAtBorders: stopsAtBorders)
        } catch {
            throw input.error(.corrupt, "the gzip data are damaged (\(error.reason))")
        }
        input.consume(step.taken)
        if let sum = checksum {
            checksum = Inflater.checksum(UnsafeRawBufferPointer(rebasing: room[..<step.made]), after: sum)
        }
        total += Int64(step.made)
        guard total <= limit else {
            throw input.error(.tooLarge, "it expands to more than the limit of \(limit) bytes")
        }
        return (step.made, step.ending)
    }

    private var total: Int64 = 0

    /// False where no member begins: the end, or trailing garbage.
    private func beginMember() throws(FilesError) -> Bool {
        guard try input.skipMemberHeader() else { return false }
        inflater.reset()
        checksum = 0
        isInMember = true
        window = []
        return true
    }

    private func endMember() throws(FilesError) {
        isInMember = false
        if let checksum {
            let expected = try input.littleEndian32()
            guard expected == UInt32(truncatingIfNeeded: checksum) else {
                throw input.error(.corrupt, "the gzip data are damaged (wrong CRC)")
            }
        } else {
            try input.skip(4)
        }
        // The length: a file that is cut within these four bytes has all its data.
        try input.skip(4)
    }

    /// Remembers the last 32 KiB of text.
    private func keep(_ text: UnsafeRawBufferPointer) {
        let size = 32 << 10
        window = text.count >= size ? Array(text.suffix(size)) : Array((window + text).suffix(size))
    }
}
