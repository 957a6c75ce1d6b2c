/// Expands gzip streams that are whole in memory, one after the other: zlib's state is made once for all of them.
package final class GzipBytes {
    private let inflater: Inflater

    /// Throws `.io` where zlib does not start.
    package init() throws(FilesError) {
        do throws(Inflater.Damage) { inflater = try Inflater() } catch {
            throw FilesError(.io, "expand", path: "a gzip stream", error.reason)
        }
    }

    /// Expands the first member of `input`. Returns the bytes made, which are fewer than `output` has room for where the stream is
    /// shorter; nil where it is damaged, cut short or longer than that.
    package func expand(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard var place = Self.headerBytes(input) else { return nil }
        inflater.reset()
        var made = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: input[place...])
            let room = UnsafeMutableRawBufferPointer(rebasing: output[made...])
            guard let step = try? inflater.step(rest, into: room, stopsAtBorders: false) else { return nil }
            place += step.taken
            made += step.made
            if case .ended = step.ending { break }
            if step.taken == 0, step.made == 0 { return nil }
        }
        guard place + 8 <= input.count else { return nil }
        let told = UInt32(littleEndian: input.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        let sum = Inflater.checksum(UnsafeRawBufferPointer(rebasing: output[..<made]), after: 0)
        return UInt(told) == sum ? made : nil
    }

    /// Bytes of a member's header (RFC 1952); nil where none begins.
    private static func headerBytes(_ input: UnsafeRawBufferPointer) -> Int? {
        guard input.count >= 18, input[0] == 0x1F, input[1] == 0x8B, input[2] == 8 else { return nil }
        let flags = input[3]
        var place = 10
        if flags & 4 != 0 {
            guard place + 2 <= input.count else { return nil }
            place += 2 + Int(input[place]) + Int(input[place + 1]) << 8
        }
        for flag: UInt8 in [8, 16] where flags & flag != 0 {
            guard place < input.count, let end = input[place...].firstIndex(of: 0) else { return nil }
            place = end + 1
        }
        if flags & 2 != 0 { place += 2 }
        return place <= input.count ? place : nil
    }
}
