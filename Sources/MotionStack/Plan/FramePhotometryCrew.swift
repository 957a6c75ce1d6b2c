internal import Sky
internal import Stars
internal import Synchronization

/// Threads that measure stars in cut-outs of many frames, each in memory of its own; the calling thread is one of them. What comes out does not
/// depend on how many there are.
final class FramePhotometryCrew: Sendable {
    /// A frame, and where its stars should be, 0-based pixels; nil for those that are not to be measured in it.
    struct Job: Sendable {
        var frame: Frame
        var places: [PixelPoint?]
    }

    /// Reads columns and rows of a frame through a row of raw values into rows that lie a stride apart.
    typealias Read =
        @Sendable (Frame, Range<Int>, Range<Int>, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Float>, Int)
        throws(MotionStackError) -> Void

    private struct Room {
        let raw: UnsafeMutablePointer<UInt8>
        let samples: UnsafeMutablePointer<Float>
    }

    private struct State {
        var results: [FramePhotometry?] = []
        var error: MotionStackError?
    }

    private let shape: Cutouts
    private let stars: Int
    private let fwhm: Double
    private let saturation: Double
    private let crew: Crew?
    private let arena: Arena.Piece
    // Each is used by one thread.
    nonisolated(unsafe) private let rooms: [Room]
    private let next = Atomic<Int>(0)
    private let state = Mutex(State())

    init(threads: Int, shape: Cutouts, stars: Int, fwhm: Double, saturation: Double) throws(StackingError) {
        self.shape = shape
        self.stars = stars
        self.fwhm = fwhm
        self.saturation = saturation
        var layout = Arena.Layout()
        let parts = (0..<threads).map { _ in
            (layout.add(shape.side * 8, UInt8.self), layout.add(shape.count * stars, Float.self))
        }
        arena = try Arena(bytes: layout.bytes, "cut-outs of stars").take(layout)
        rooms = parts.map { [arena] in Room(raw: arena[$0.0], samples: arena[$0.1]) }
        crew = threads > 1 ? try Crew(threads: threads - 1) : nil
    }

    /// Ends the threads. Must be called.
    func stop() { crew?.stop() }

    /// What the stars are in each frame, in the order of the jobs.
    func run(_ jobs: [Job], _ read: @escaping Read) throws(MotionStackError) -> [FramePhotometry] {
        next.store(0, ordering: .relaxed)
        state.withLock { $0 = State(results: Array(repeating: nil, count: jobs.count)) }
        crew?.start { [self] thread in
            while measure(jobs, rooms[thread + 1], read) {}
        }
        while measure(jobs, rooms[0], read) {}
        crew?.wait()
        let (results, error) = state.withLock { ($0.results, $0.error) }
        if let error { throw error }
        return results.compactMap { $0 }
    }

    /// The next frame; false when there is none.
    private func measure(_ jobs: [Job], _ room: Room, _ read: Read) -> Bool {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < jobs.count else { return false }
        do throws(MotionStackError) {
            let found = try measure(jobs[index], room, read)
            state.withLock { $0.results[index] = found }
            return true
        } catch {
            state.withLock { $0.error = $0.error ?? error }
            next.store(jobs.count, ordering: .relaxed)
            return false
        }
    }

    private func measure(_ job: Job, _ room: Room, _ read: Read) throws(MotionStackError) -> FramePhotometry {
        let raster = job.frame.raster
        room.samples.update(repeating: .nan, count: shape.count * job.places.count)
        var expected: [(x: Double, y: Double)] = []
        for (index, place) in job.places.enumerated() {
            guard let place else {
                // Nothing but no data: it has no light to measure.
                expected.append((Double(shape.half), Double(shape.half)))
                continue
            }
            let origin = shape.origin(x: place.x, y: place.y)
            expected.append((place.x - Double(origin.column), place.y - Double(origin.row)))
            let columns = (origin.column..<origin.column + shape.side).clamped(to: 0..<raster.width)
            let rows = (origin.row..<origin.row + shape.side).clamped(to: 0..<raster.height)
            guard !columns.isEmpty, !rows.isEmpty else { continue }
            let first = (rows.lowerBound - origin.row) * shape.side + columns.lowerBound - origin.column
            try read(job.frame, columns, rows, room.raw, room.samples + index * shape.count + first, shape.side)
        }
        var photometer = Photometer()
        photometer.saturation = saturation
        do throws(StarsError) {
            return try photometer.measure(room.samples, shape, expected: expected, fwhm: fwhm)
        } catch { throw StarLightMeasurement.carried(error) }
    }
}
