internal import FITS
internal import Glibc
internal import Synchronization

/// The one door to pixels: raw rows of a frame, from its file or from the scratch file.
///
/// Frames are gone through in turn, strip after strip, where a least-recently-used list would miss every time: the first frames stay open
/// instead and the others are opened for each read. Every open is held against what the survey saw. Owned by one thread, or after `openKept`
/// by several.
final class RowSource: @unchecked Sendable {
    struct Origin {
        var path: String
        var identity: FileIdentity
        var layout: ImageLayout
        var plane: Int
        var scratchOffset: Int64?
    }

    private let origins: [Origin]
    private let files: any FileSystem
    private let scratch: Scratch
    private var descriptors: [Int32]
    private let maximumOpen: Int
    private var keptOpen: Int
    /// Set while only one thread is at work.
    private var isShared = false
    private let openNow = Atomic<Int>(0)
    private let mostOpen = Atomic<Int>(0)
    var openPeak: Int { mostOpen.load(ordering: .relaxed) }

    init(_ origins: [Origin], files: any FileSystem, scratch: Scratch, maximumOpen: Int) {
        self.origins = origins
        self.files = files
        self.scratch = scratch
        descriptors = Array(repeating: -1, count: origins.count)
        self.maximumOpen = maximumOpen
        keptOpen = origins.count <= maximumOpen ? origins.count : max(0, maximumOpen - 1)
    }

    deinit { for descriptor in descriptors where descriptor >= 0 { files.close(descriptor) } }

    /// How many descriptors a run may hold: RLIMIT_NOFILE less what the process needs for itself.
    static func maximumOpen() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 64 - 24 }
        return Int(clamping: min(limit.rlim_cur, 1 << 20)) - 24
    }

    /// Opens the frames that stay open, so that several threads may read from now on.
    func openKept(sharedBy threads: Int) throws(MotionStackError) {
        if origins.count > maximumOpen { keptOpen = max(0, maximumOpen - threads) }
        do throws(FITSError) {
            var frame = 0
            while frame < keptOpen {
                let (opened, transient) = try descriptor(frame)
                if transient { release(opened) }
                frame += 1
            }
        } catch { throw MotionStackError(.io, error.description) }
        isShared = true
    }

    /// Tells the system that rows of a frame will be read soon. Of frames that stay open only.
    func ask(_ frame: Int, rows: Range<Int>) throws(MotionStackError) {
        let layout = origins[frame].layout
        let offset =
            (origins[frame].scratchOffset ?? 0)
            + layout.offset(row: rows.lowerBound, column: 0, plane: origins[frame].plane)
        let bytes = Int64(rows.count) * Int64(layout.rowBytes)
        do throws(FITSError) {
            if origins[frame].scratchOffset != nil {
                files.willRead(try scratch.descriptor(), at: offset, bytes)
            } else if descriptors[frame] >= 0 {
                files.willRead(descriptors[frame], at: offset, bytes)
            }
        } catch { throw MotionStackError(.io, error.description) }
    }

    /// Reads rows and columns (0-based, inside the frame) as they stand in the file, rows one after the other.
    func read(
        _ frame: Int, rows: Range<Int>, columns: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
    ) throws(MotionStackError) {
        let origin = origins[frame]
        let layout = origin.layout
        do throws(FITSError) {
            let (descriptor, transient) = try descriptor(frame)
            defer { if transient { release(descriptor) } }
            let base = origin.scratchOffset ?? 0
            if columns.count == layout.width {
                try fill(
                    buffer, descriptor, base + layout.offset(row: rows.lowerBound, column: 0, plane: origin.plane),
                    origin)
            } else {
                let bytes = columns.count * layout.bytesPerPixel
                for (index, row) in rows.enumerated() {
                    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[index * bytes..<(index + 1) * bytes])
                    try fill(
                        part, descriptor,
                        base + layout.offset(row: row, column: columns.lowerBound, plane: origin.plane), origin)
                }
            }
        } catch {
            throw MotionStackError(.io, error.description)
        }
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int64, _ origin: Origin
    ) throws(FITSError) {
        let got = try files.read(descriptor, into: buffer, at: offset, path: origin.path)
        guard got == buffer.count else {
            throw FITSError(
                .changed, "read", path: origin.path,
                "ended early: \(buffer.count - got) bytes are missing at \(offset); the file was cut while the run read it"
            )
        }
    }

    private func descriptor(_ frame: Int) throws(FITSError) -> (Int32, transient: Bool) {
        if origins[frame].scratchOffset != nil { return (try scratch.descriptor(), false) }
        if descriptors[frame] >= 0 { return (descriptors[frame], false) }
        let origin = origins[frame]
        let descriptor: Int32
        do throws(FITSError) {
            descriptor = try files.openForReading(origin.path)
        } catch {
            // Others in the process hold descriptors too: with half of ours given back there is room.
            guard [EMFILE, ENFILE].contains(error.errno), !isShared, giveBackHalf() else { throw error }
            descriptor = try files.openForReading(origin.path)
        }
        let now = openNow.add(1, ordering: .relaxed).newValue
        mostOpen.max(now, ordering: .relaxed)
        do throws(FITSError) {
            let now = try files.identity(of: descriptor, path: origin.path)
            guard now == origin.identity else {
                throw FITSError(
                    .changed, "open", path: origin.path,
                    "is another file than when its header was read; start again when nothing writes to it")
            }
        } catch {
            release(descriptor)
            throw error
        }
        if frame < keptOpen, !isShared {
            descriptors[frame] = descriptor
            return (descriptor, false)
        }
        return (descriptor, true)
    }

    /// Closes the later half of the frames that stay open; false where none is. Only while one thread is at work.
    private func giveBackHalf() -> Bool {
        let open = descriptors.lazy.filter { $0 >= 0 }.count
        guard open > 0 else { return false }
        keptOpen = min(keptOpen, open) / 2
        for other in keptOpen..<descriptors.count where descriptors[other] >= 0 {
            release(descriptors[other])
            descriptors[other] = -1
        }
        return true
    }

    private func release(_ descriptor: Int32) {
        files.close(descriptor)
        openNow.subtract(1, ordering: .relaxed)
    }
}
