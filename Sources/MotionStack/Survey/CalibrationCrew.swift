internal import Files
internal import FITS
internal import Synchronization

/// A part of an image, wherever its samples are.
struct ImagePart: Sendable {
    let image: ExpandedImage
    let plane: Int
    let part: OutputGrid

    var bytesPerPixel: Int { image.layout.bytesPerPixel }

    /// Physical values of so many rows of it, NaN for no data; `raw` holds the bytes of a row at least.
    func read(
        _ rows: Range<Int>, into values: UnsafeMutablePointer<Double>, through raw: UnsafeMutableRawBufferPointer
    ) throws(FITSError) {
        let layout = image.layout
        // Whole rows lie one behind the other.
        let step = part.width == layout.width ? rows.count : 1
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
            let count = step * part.width
            let bytes = UnsafeMutableRawBufferPointer(rebasing: raw[..<(count * bytesPerPixel)])
            let offset = layout.offset(row: part.y + start, column: part.x, plane: plane)
            guard try image.file.read(into: bytes, at: offset) == bytes.count else {
                throw FITSError(
                    .truncated, "read", path: image.file.path, "the file has become shorter while it was read")
            }
            layout.decode(
                UnsafeRawBufferPointer(bytes),
                into: UnsafeMutableBufferPointer(
                    start: values + (start - rows.lowerBound) * part.width, count: count))
        }
    }
}

/// What a raw sample says, before anything is taken off: thresholds and values that stand for no data are of these.
struct RawDecoding: Sendable {
    private let low: Double
    private let high: Double
    private let noData: Double
    private let wraps: Bool
    private let isPlain: Bool

    init(_ input: StackRequest.Input, _ layout: ImageLayout) {
        low = input.lowThreshold ?? -.infinity
        high = input.highThreshold ?? .infinity
        noData = input.noData ?? .nan
        wraps = input.readsUnsigned && layout.bitpix == 16 && layout.bzero == 0 && layout.bscale == 1
        isPlain = input.lowThreshold == nil && input.highThreshold == nil && input.noData == nil && !wraps
    }

    func apply(_ values: UnsafeMutableBufferPointer<Double>) {
        guard !isPlain else { return }
        for index in values.indices {
            let value = wraps && values[index] < 0 ? values[index] + 65536 : values[index]
            values[index] = value < low || value > high || value == noData ? .nan : value
        }
    }
}

/// Threads that calibrate the rows of a frame. What comes out does not depend on how many there are.
final class CalibrationCrew: Sendable {
    /// What is done to a frame.
    struct Job: Sendable {
        var frame: ImagePart
        var decoding: RawDecoding
        var overscan: Overscan.Levels?
        /// With the factors that they are multiplied by.
        var bias: (part: ImagePart, factor: Double)?
        var dark: (part: ImagePart, factor: Double)?
        var flat: ImagePart?
        /// One, or of each place of a 2 x 2 colour filter.
        var flatMedians: [Double] = []
        var bad: [ImagePart] = []
    }

    /// A flat divides by no less than that of its median.
    private static let leastFlat = 0.01
    /// Pixels that are worked on at once.
    private static let blockPixels = 32_768

    private let crew: Crew?

    init(threads: Int) throws(StackingError) { crew = threads > 1 ? try Crew(threads: threads - 1) : nil }

    deinit { crew?.stop() }

    /// Calibrates a frame; `write` takes finished stretches of it, big-endian float32, with their first pixel, in any order and from any thread.
    func run(
        _ job: Job, cancellation: Cancellation,
        write: @escaping @Sendable (UnsafeRawBufferPointer, Int64) throws(FITSError) -> Void
    ) throws(FITSError) {
        let part = job.frame.part
        let rows = max(1, Self.blockPixels / max(1, part.width))
        let blocks = (part.height + rows - 1) / rows
        let next = Atomic<Int>(0)
        let failure = Mutex<FITSError?>(nil)
        @Sendable func work() {
            let room = Room(job, rows: rows)
            while true {
                let block = next.add(1, ordering: .relaxed).oldValue
                guard block < blocks, !cancellation.isCancelled, failure.withLock({ $0 == nil }) else { return }
                let range = block * rows..<min((block + 1) * rows, part.height)
                do throws(FITSError) {
                    try room.calibrate(range)
                    try write(room.output(range.count), Int64(range.lowerBound) * Int64(part.width))
                } catch { failure.withLock { $0 = $0 ?? error } }
            }
        }
        crew?.start { _ in work() }
        work()
        crew?.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// What one thread works in.
    private final class Room {
        private let job: Job
        private let width: Int
        private let raw: UnsafeMutableRawBufferPointer
        private let values: UnsafeMutablePointer<Double>
        private let other: UnsafeMutablePointer<Double>
        private let encoded: UnsafeMutablePointer<UInt32>

        init(_ job: Job, rows: Int) {
            self.job = job
            width = job.frame.part.width
            let count = rows * width
            let all =
                [job.frame, job.bias?.part, job.dark?.part, job.flat].compactMap(\.self) + job.bad
            raw = .allocate(byteCount: count * (all.map(\.bytesPerPixel).max() ?? 8), alignment: 64)
            values = .allocate(capacity: count)
            other = .allocate(capacity: count)
            encoded = .allocate(capacity: count)
        }

        deinit {
            raw.deallocate()
            values.deallocate()
            other.deallocate()
            encoded.deallocate()
        }

        func output(_ rows: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: encoded, count: rows * width * 4)
        }

        func calibrate(_ rows: Range<Int>) throws(FITSError) {
            let count = rows.count * width
            try job.frame.read(rows, into: values, through: raw)
            job.decoding.apply(UnsafeMutableBufferPointer(start: values, count: count))
            if let overscan = job.overscan { takeOff(overscan, rows) }
            for master in [job.bias, job.dark].compactMap(\.self) {
                try master.part.read(rows, into: other, through: raw)
                let factor = master.factor
                for index in 0..<count { values[index] -= other[index] * factor }
            }
            if let flat = job.flat {
                try flat.read(rows, into: other, through: raw)
                divide(rows)
            }
            for map in job.bad {
                try map.read(rows, into: other, through: raw)
                for index in 0..<count where other[index] != 0 { values[index] = .nan }
            }
            for index in 0..<count {
                let sample = Float(values[index])
                encoded[index] = (sample.isFinite ? sample : .nan).bitPattern.bigEndian
            }
        }

        private func takeOff(_ overscan: Overscan.Levels, _ rows: Range<Int>) {
            let part = job.frame.part
            for y in rows {
                let row = values + (y - rows.lowerBound) * width
                if overscan.isByColumn {
                    for x in 0..<width { row[x] -= overscan.column(x + part.x) }
                } else {
                    let level = overscan.row(y + part.y)
                    for x in 0..<width { row[x] -= level }
                }
            }
        }

        private func divide(_ rows: Range<Int>) {
            let medians = job.flatMedians
            guard medians.count == 4 else {
                let median = medians[0]
                for index in 0..<rows.count * width {
                    let divisor = other[index] / median
                    values[index] /= divisor < CalibrationCrew.leastFlat ? CalibrationCrew.leastFlat : divisor
                }
                return
            }
            for y in rows {
                let start = (y - rows.lowerBound) * width
                for x in 0..<width {
                    let divisor =
                        other[start + x] / medians[(job.frame.part.y + y) % 2 * 2 + (job.frame.part.x + x) % 2]
                    values[start + x] /= divisor < CalibrationCrew.leastFlat ? CalibrationCrew.leastFlat : divisor
                }
            }
        }
    }
}

/// The part of a frame that no light falls on.
struct Overscan {
    let part: OutputGrid

    /// Medians of it: of each row where it is higher than wide, else of each column.
    struct Levels: Sendable {
        let isByColumn: Bool
        fileprivate let start: Int
        fileprivate let values: [Double]

        /// Of a row of the frame; beyond the overscan that of its nearest row.
        func row(_ y: Int) -> Double { values[min(max(y - start, 0), values.count - 1)] }
        func column(_ x: Int) -> Double { values[min(max(x - start, 0), values.count - 1)] }
    }

    func levels(of image: ExpandedImage, plane: Int, decoding: RawDecoding) throws(FITSError) -> Levels {
        let source = ImagePart(image: image, plane: plane, part: part)
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: part.width * source.bytesPerPixel, alignment: 64)
        let row = UnsafeMutableBufferPointer<Double>.allocate(capacity: part.width)
        defer {
            raw.deallocate()
            row.deallocate()
        }
        func median(_ values: some Sequence<Double>) -> Double {
            let sorted = values.filter { !$0.isNaN }.sorted()
            guard !sorted.isEmpty else { return .nan }
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
        let isByColumn = part.height <= part.width
        var medians: [Double] = []
        var columns = [[Double]](repeating: [], count: isByColumn ? part.width : 0)
        for y in 0..<part.height {
            guard let base = row.baseAddress else { break }
            try source.read(y..<y + 1, into: base, through: raw)
            decoding.apply(row)
            if isByColumn {
                for (x, value) in row.enumerated() { columns[x].append(value) }
            } else {
                medians.append(median(row))
            }
        }
        return Levels(
            isByColumn: isByColumn, start: isByColumn ? part.x : part.y,
            values: isByColumn ? columns.map { median($0) } : medians)
    }
}
