package import Files
internal import Glibc
internal import Synchronization

/// The one door to pixels: rows of the rasters of a run, by their place in what was given.
///
/// Frames are gone through in turn, strip after strip, where a least-recently-used list would miss every time: those that are opened first stay
/// open instead, as many as may, and the others are opened for each use. Every open is held against what the survey saw. May be used by
/// several threads.
package final class RasterReader: Sendable {
    private struct State {
        var descriptors: [Int32]
        /// Reads under way, a raster each.
        var users: [Int32]
        var open = 0
        var mostOpen = 0
        /// How many may stay open when nobody reads them.
        var keeps: Int
    }

    private let rasters: [Raster?]
    private let files: any FileSystem
    private let scratch: Scratch
    private let state: Mutex<State>

    /// - Parameter rasters: each with its place in what was given; of two in one place the first counts.
    package convenience init(
        placed rasters: some Sequence<(Int, Raster)>, files: any FileSystem, scratch: Scratch, maximumOpen: Int,
        threads: Int
    ) {
        var places: [Raster?] = []
        for (place, raster) in rasters {
            while places.count <= place { places.append(nil) }
            places[place] = places[place] ?? raster
        }
        self.init(places, files: files, scratch: scratch, maximumOpen: maximumOpen, threads: threads)
    }

    /// - Parameters:
    ///   - rasters: by place in what was given; nil where a file is not used.
    ///   - maximumOpen: descriptors that may be in use at a time.
    ///   - threads: how many may read at a time.
    package init(_ rasters: [Raster?], files: any FileSystem, scratch: Scratch, maximumOpen: Int, threads: Int) {
        let given = rasters.count
        let used = rasters.count { $0 != nil }
        self.rasters = rasters
        self.files = files
        self.scratch = scratch
        state = Mutex(
            State(
                descriptors: Array(repeating: -1, count: given), users: Array(repeating: 0, count: given),
                keeps: used <= maximumOpen ? used : max(0, maximumOpen - threads)))
    }

    deinit {
        state.withLock { state in
            for descriptor in state.descriptors where descriptor >= 0 { files.close(descriptor) }
        }
    }

    /// How many descriptors a run may hold: RLIMIT_NOFILE less what the process needs for itself.
    package static func maximumOpen() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 64 - 24 }
        return Int(clamping: min(limit.rlim_cur, 1 << 20)) - 24
    }

    /// The most descriptors of frames that were open at a time.
    package var openPeak: Int { state.withLock(\.mostOpen) }

    /// Lets a frame be read many times with one open. The descriptor is the file's own, or the scratch file's.
    package func withOpen<Value>(
        _ index: Int, _ body: (Int32, Raster) throws(StackingError) -> Value
    ) throws(StackingError) -> Value {
        guard let raster = rasters[index] else {
            preconditionFailure("frame \(index) is no part of the run")
        }
        let descriptor: Int32
        do throws(FilesError) {
            descriptor = raster.scratch != nil ? try scratch.descriptor() : try acquire(index, raster)
        } catch {
            let failure = StackingError(error)
            throw raster.scratch == nil ? failure.of(frame: index) : failure
        }
        defer { if raster.scratch == nil { release(index) } }
        do throws(StackingError) { return try body(descriptor, raster) } catch {
            throw raster.scratch == nil ? error.of(frame: index) : error
        }
    }

    /// Which of some inputs, by their place in what was given, are not what they were when their headers were read, or are there no more.
    ///
    /// Held against the survey: what is open, and what has the file's name now. With none of them changed after the last read, no sample is of
    /// another file than its neighbours.
    package func changed(among inputs: some Sequence<Int>) -> [Int] {
        let open = state.withLock(\.descriptors)
        return inputs.filter { index in
            guard let raster = rasters[index] else { return false }
            func isSame(_ identity: () throws(FilesError) -> FileIdentity) -> Bool {
                do throws(FilesError) { return try identity() == raster.identity } catch { return false }
            }
            if open[index] >= 0,
                !isSame({ () throws(FilesError) in try files.identity(of: open[index], path: raster.path) })
            {
                return true
            }
            return !isSame { () throws(FilesError) in try files.identity(ofPath: raster.path) }
        }
    }

    /// Reads rows and columns (0-based, inside the raster) as they stand in the file, rows one after the other.
    package func read(
        _ index: Int, rows: Range<Int>, columns: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StackingError) {
        try withOpen(index) { (descriptor, raster) throws(StackingError) in
            try read(raster, descriptor, rows: rows, columns: columns, into: buffer)
        }
    }

    package func read(
        _ raster: Raster, _ descriptor: Int32, rows: Range<Int>, columns: Range<Int>,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StackingError) {
        do throws(FilesError) {
            guard columns.count < raster.width else {
                return try fill(buffer, descriptor, raster.position(row: rows.lowerBound, column: 0), raster)
            }
            let bytes = columns.count * raster.bytesPerPixel
            for (index, row) in rows.enumerated() {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[index * bytes..<(index + 1) * bytes])
                try fill(part, descriptor, raster.position(row: row, column: columns.lowerBound), raster)
            }
        } catch { throw StackingError(error) }
    }

    /// Tells the system that rows will be read soon. Of frames that are open only.
    package func ask(_ index: Int, rows: Range<Int>) {
        guard let raster = rasters[index] else { return }
        let descriptor =
            raster.scratch != nil ? (try? scratch.descriptor()) ?? -1 : state.withLock { $0.descriptors[index] }
        guard descriptor >= 0 else { return }
        files.willRead(
            descriptor, at: raster.position(row: rows.lowerBound, column: 0),
            Int64(rows.count) * Int64(raster.rowBytes))
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int64, _ raster: Raster
    ) throws(FilesError) {
        let got = try files.read(descriptor, into: buffer, at: offset, path: raster.path)
        guard got == buffer.count else {
            throw FilesError(
                .changed, "read", path: raster.path,
                "ended early: \(buffer.count - got) bytes are missing at \(offset); the file was cut while the run read it"
            )
        }
    }

    // MARK: Descriptors

    private func acquire(_ index: Int, _ raster: Raster) throws(FilesError) -> Int32 {
        let result: Result<Int32, FilesError> = state.withLock { state in
            if state.descriptors[index] < 0 {
                do throws(FilesError) {
                    state.descriptors[index] = try open(raster, &state)
                    state.open += 1
                    state.mostOpen = max(state.mostOpen, state.open)
                } catch { return .failure(error) }
            }
            state.users[index] += 1
            return .success(state.descriptors[index])
        }
        return try result.get()
    }

    private func release(_ index: Int) {
        state.withLock { state in
            state.users[index] -= 1
            if state.users[index] == 0, state.open > state.keeps { close(index, &state) }
        }
    }

    private func close(_ index: Int, _ state: inout State) {
        files.close(state.descriptors[index])
        state.descriptors[index] = -1
        state.open -= 1
    }

    private func open(_ raster: Raster, _ state: inout State) throws(FilesError) -> Int32 {
        let descriptor: Int32
        do throws(FilesError) {
            descriptor = try files.openForReading(raster.path)
        } catch {
            // Others in the process hold descriptors too: with half of ours given back there is room.
            guard [EMFILE, ENFILE].contains(error.errno), giveBackHalf(&state) else { throw error }
            descriptor = try files.openForReading(raster.path)
        }
        do throws(FilesError) {
            guard try files.identity(of: descriptor, path: raster.path) == raster.identity else {
                throw FilesError(
                    .changed, "open", path: raster.path,
                    "is another file than when its header was read; start again when nothing writes to it")
            }
        } catch {
            files.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Closes half of the frames that are open and not read now, the later ones; false where there is none.
    private func giveBackHalf(_ state: inout State) -> Bool {
        let idle = state.descriptors.indices.filter { state.descriptors[$0] >= 0 && state.users[$0] == 0 }
        guard !idle.isEmpty else { return false }
        for index in idle.suffix((idle.count + 1) / 2) { close(index, &state) }
        state.keeps = min(state.keeps, state.open)
        return true
    }
}
