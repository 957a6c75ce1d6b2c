internal import CZLIB

/// Expands one deflate stream (RFC 1951), piece by piece, into the caller's buffer. Owns zlib's state, which must not move.
final class Inflater {
    /// How a step ended.
    enum Ending {
        /// Input or room is used up.
        case paused
        /// Between two blocks, with so many bits of the last input byte left over.
        case border(bits: Int)
        /// The stream is whole.
        case ended
    }

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isReady = false

    /// Throws a reason where zlib does not start.
    init() throws(Damage) {
        stream.initialize(to: z_stream())
        // Negative window bits: bare deflate. The gzip frame is ours to judge.
        let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Damage(reason: "zlib does not start (\(status))") }
        isReady = true
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
    }

    struct Damage: Error { var reason: String }

    func reset() { inflateReset(stream) }

    /// Goes on in the middle of a stream: `bits` of `byte` belong to what follows, `window` is the text before.
    func resume(bits: Int, of byte: UInt8, window: [UInt8]) {
        inflateReset(stream)
        if bits > 0 { inflatePrime(stream, Int32(bits), Int32(byte) >> Int32(8 - bits)) }
        _ = window.withUnsafeBufferPointer { inflateSetDictionary(stream, $0.baseAddress, UInt32($0.count)) }
    }

    /// One step. Returns how much was taken and made; `stopsAtBorders` ends it between two blocks too.
    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, stopsAtBorders: Bool
    ) throws(Damage) -> (taken: Int, made: Int, ending: Ending) {
        // zlib does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(output.count)
        let status = inflate(stream, stopsAtBorders ? Z_BLOCK : Z_NO_FLUSH)
        let taken = input.count - Int(stream.pointee.avail_in)
        let made = output.count - Int(stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END: return (taken, made, .ended)
        case Z_OK, Z_BUF_ERROR:
            let state = stream.pointee.data_type
            let isBorder = stopsAtBorders && state & 128 != 0 && state & 64 == 0
            return (taken, made, isBorder ? .border(bits: Int(state & 7)) : .paused)
        default:
            throw Damage(reason: stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)")
        }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer, after sum: UInt) -> UInt {
        crc32(sum, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(bytes.count))
    }
}
