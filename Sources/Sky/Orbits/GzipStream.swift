internal import CZLIB

/// The text of a gzip file, block after block, with places from which it can be taken up again later.
final class GzipStream {
    /// Where reading can start in the middle of the file: the state of the decompressor at a block's border.
    struct Checkpoint {
        /// Offset in the text.
        var output: Int64
        /// Offset in the file of the first whole byte, and how many bits of the one before belong to it.
        var input: Int64
        var bits: Int
        /// The last 32 KiB of text; empty at the start of a member.
        var window: [UInt8]
    }

    private let file: CatalogueFile
    private var stream = z_stream()
    private var isOpen = false
    /// Whether the member's header and trailer are read too.
    private var isRaw = false
    private var input = [UInt8](repeating: 0, count: 64 << 10)
    private var inputOffset: Int64
    private var inputCount = 0
    private var inputUsed = 0
    private(set) var outputOffset: Int64
    private var window: [UInt8]
    private(set) var lastCheckpoint: Checkpoint?
    private var ended = false

    /// More text than this out of one file is taken for an attack.
    static let mostText: Int64 = 8 << 30

    /// From the start of the file, or from a checkpoint.
    init(_ file: CatalogueFile, from checkpoint: Checkpoint? = nil) throws(SkyError) {
        self.file = file
        inputOffset = checkpoint?.input ?? 0
        outputOffset = checkpoint?.output ?? 0
        window = checkpoint?.window ?? []
        isRaw = !(checkpoint?.window.isEmpty ?? true)
        guard inflateInit2_(&stream, isRaw ? -15 : 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw failure("zlib does not start")
        }
        isOpen = true
        if isRaw, let checkpoint {
            if checkpoint.bits > 0 {
                let byte = try file.bytes(at: checkpoint.input - 1, count: 1).first ?? 0
                inflatePrime(&stream, Int32(checkpoint.bits), Int32(byte) >> Int32(8 - checkpoint.bits))
            }
            _ = checkpoint.window.withUnsafeBufferPointer {
                inflateSetDictionary(&stream, $0.baseAddress, UInt32($0.count))
            }
        } else {
            lastCheckpoint = Checkpoint(output: outputOffset, input: inputOffset, bits: 0, window: [])
        }
    }

    deinit { if isOpen { inflateEnd(&stream) } }

    private func failure(_ what: String) -> SkyError {
        SkyError(.badElements, operation: "expand the file", subject: file.path, detail: what)
    }

    /// The next piece of text, at most 256 KiB; nil at the end. Throws `.badElements` for a damaged file.
    ///
    /// Stops at block borders, where `lastCheckpoint` is renewed when `spacing` bytes of text have passed.
    func next(checkpointEvery spacing: Int64 = .max) throws(SkyError) -> [UInt8]? {
        guard !ended else { return nil }
        var output = [UInt8](repeating: 0, count: 256 << 10)
        var produced = 0
        while produced < output.count, !ended {
            if inputUsed == inputCount {
                inputOffset += Int64(inputCount)
                inputUsed = 0
                inputCount = try fill()
                if inputCount == 0 {
                    // The end of the file between members is the end; within one the text is cut.
                    guard stream.total_in == 0, !isRaw else { throw failure("the file is cut short") }
                    ended = true
                    break
                }
            }
            let status = step(into: &output, at: &produced)
            switch status {
            case Z_OK, Z_BUF_ERROR:
                let border = stream.data_type & 128 != 0 && stream.data_type & 64 == 0
                let passed = outputOffset + Int64(produced) - (lastCheckpoint?.output ?? 0)
                if border, spacing != .max, passed >= spacing {
                    keep(output, produced)
                    lastCheckpoint = Checkpoint(
                        output: outputOffset + Int64(produced), input: inputOffset + Int64(inputUsed),
                        bits: Int(stream.data_type & 7), window: window)
                    let text = Array(output[..<produced])
                    outputOffset += Int64(produced)
                    return text
                }
            case Z_STREAM_END: try endOfMember()
            default: throw failure("it is damaged at byte \(inputOffset + Int64(inputUsed))")
            }
        }
        keep(output, produced)
        outputOffset += Int64(produced)
        guard outputOffset <= Self.mostText else { throw failure("it expands to more than any catalogue") }
        return produced == 0 ? nil : Array(output[..<produced])
    }

    private func fill() throws(SkyError) -> Int {
        let bytes = try file.bytes(at: inputOffset, count: input.count)
        input.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    private func step(into output: inout [UInt8], at produced: inout Int) -> Int32 {
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return Z_STREAM_ERROR }
                stream.next_in = from + inputUsed
                stream.avail_in = UInt32(inputCount - inputUsed)
                stream.next_out = to + produced
                stream.avail_out = UInt32(target.count - produced)
                let status = inflate(&stream, Z_BLOCK)
                inputUsed = inputCount - Int(stream.avail_in)
                produced = target.count - Int(stream.avail_out)
                return status
            }
        }
    }

    /// Another member may follow; anything else after the first is no text.
    private func endOfMember() throws(SkyError) {
        if isRaw {
            // The trailer of eight bytes was not read by the raw decompressor.
            isRaw = false
            var skip = 8
            while skip > 0 {
                if inputUsed == inputCount {
                    inputOffset += Int64(inputCount)
                    inputUsed = 0
                    inputCount = try fill()
                    if inputCount == 0 {
                        ended = true
                        return
                    }
                }
                let part = min(skip, inputCount - inputUsed)
                inputUsed += part
                skip -= part
            }
        }
        let position = inputOffset + Int64(inputUsed)
        guard try file.bytes(at: position, count: 2) == [0x1F, 0x8B], inflateReset2(&stream, 47) == Z_OK else {
            ended = true
            return
        }
        window = []
    }

    /// Remembers the last 32 KiB of text.
    private func keep(_ output: [UInt8], _ produced: Int) {
        let size = 32 << 10
        if produced >= size {
            window = Array(output[(produced - size)..<produced])
        } else {
            window = Array((window + output[..<produced]).suffix(size))
        }
    }
}
