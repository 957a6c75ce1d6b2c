import Dispatch
import Foundation

/// What went wrong while making or measuring test data.
public struct TestSupportError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Where a sequence was written, and what is true of it.
public struct SyntheticTruth: Sendable {
    /// One row of truth.csv.
    public struct Row: Sendable {
        public let file: String
        public let frame: SyntheticSequence.Frame
        /// First mover at mid-exposure.
        public let place: SyntheticPlace?
        /// The same in FITS pixels of that frame.
        public let pixel: SIMD2<Double>?
        /// In ADU, in that frame.
        public let flux: Double
    }
    public let folder: String
    public let rows: [Row]
    /// Tables of positions, one a mover.
    public let ephemerides: [String]

    public var paths: [String] { rows.map { folder + "/" + $0.file } }
}

extension SyntheticSequence {
    /// True rows of a mover (by its index; none: no place).
    public func truthRows(mover index: Int = 0) -> [SyntheticTruth.Row] {
        let mover = index < movers.count ? movers[index] : nil
        let path = mover.map { track(of: $0) }
        return frames().map { frame in
            let place = path?.place(at: frame.middle)
            return SyntheticTruth.Row(
                file: frame.name, frame: frame, place: place, pixel: place.flatMap { frame.projection.pixel(of: $0) },
                flux: (mover?.flux ?? 0) * light(of: frame))
        }
    }

    /// Writes all frames, truth.csv (truth-2.csv ... for further movers), ephemeris.csv and stars.csv into a folder,
    /// which is made; files of the same names are replaced.
    @discardableResult
    public func write(to folder: String, threads: Int = 2) throws -> SyntheticTruth {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let all = frames()
        let field = starField()
        let failures = FailureList()
        let workers = max(1, min(threads, all.count))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            var index = worker
            while index < all.count {
                do {
                    try write(all[index], field: field, to: folder + "/" + all[index].name)
                } catch {
                    failures.add(error)
                }
                index += workers
            }
        }
        if let failure = failures.first { throw failure }
        var tables: [String] = []
        for index in movers.indices {
            let ending = index == 0 ? "" : "-\(index + 1)"
            try write(truthRows(mover: index), to: folder + "/truth\(ending).csv")
            let table = folder + "/ephemeris\(ending).csv"
            try ephemerisText(mover: index).write(toFile: table, atomically: true, encoding: .utf8)
            tables.append(table)
        }
        if movers.isEmpty { try write(truthRows(), to: folder + "/truth.csv") }
        let stars = field.map { "\($0.place.raDegrees),\($0.place.decDegrees),\($0.flux)\n" }.joined()
        try ("ra,dec,flux\n" + stars).write(toFile: folder + "/stars.csv", atomically: true, encoding: .utf8)
        return SyntheticTruth(folder: folder, rows: truthRows(), ephemerides: tables)
    }

    private func write(_ rows: [SyntheticTruth.Row], to path: String) throws {
        var text = "file,mid_utc,exposure_s,ra_deg,dec_deg,x,y,flux_adu,sky_adu,fault\n"
        for row in rows {
            text += "\(row.file),\(row.frame.middle.iso()),\(row.frame.exposure),"
            text += row.place.map { "\($0.raDegrees),\($0.decDegrees)," } ?? ",,"
            text += row.pixel.map { "\($0.x),\($0.y)," } ?? ",,"
            let fault = faults[row.frame.index].map { String("\($0)".prefix { $0 != "(" }) } ?? ""
            text += "\(row.flux),\(row.frame.sky),\(fault)\n"
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// `time,ra,dec` (UTC, ICRS degrees) at whole steps from before the first frame to after the last.
    public func ephemerisText(mover index: Int = 0) -> String {
        let path = track(of: movers[index])
        let all = frames()
        guard let first = all.first, let last = all.last else { return "time,ra,dec\n" }
        let step = Int64((ephemerisStep * 1e6).rounded())
        var moment = SyntheticMoment(microseconds: first.start.microseconds / step * step - step)
        let end = last.end.advanced(bySeconds: 2 * ephemerisStep)
        var text = "time,ra,dec\n"
        while moment <= end {
            let place = path.place(at: moment)
            text += "\(moment.iso()),\(place.raDegrees),\(place.decDegrees)\n"
            moment = SyntheticMoment(microseconds: moment.microseconds + step)
        }
        return text
    }

    private func write(_ frame: Frame, field: [FixedStar], to path: String) throws {
        let file = try SyntheticFile(path, compressed: compressed)
        defer { file.close() }
        if case .garbage? = faults[frame.index] {
            try file.write(Array("This is a note about last night, not a FITS file.\n".utf8))
            return
        }
        let header = headerBytes(of: frame)
        let dataBytes = frame.width * frame.height * abs(bitpix) / 8
        if case .truncated(let share)? = faults[frame.index] {
            file.limit = Int(Double(header.count + dataBytes) * share)
        }
        try file.write(header)
        let rows = 32
        let band = UnsafeMutablePointer<Double>.allocate(capacity: frame.width * rows)
        let columns = UnsafeMutablePointer<Double>.allocate(capacity: frame.width)
        defer {
            band.deallocate()
            columns.deallocate()
        }
        var bytes = [UInt8](repeating: 0, count: frame.width * rows * abs(bitpix) / 8)
        var renderer = Renderer(self, frame: frame, field: field)
        var first = 0
        while first < frame.height {
            let number = min(rows, frame.height - first)
            renderer.render(first: first, rows: number, into: band, columns: columns)
            let used = frame.width * number * abs(bitpix) / 8
            encode(band, frame.width * number, into: &bytes)
            try bytes.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[0..<used])) }
            first += number
        }
        try file.write([UInt8](repeating: 0, count: (2880 - dataBytes % 2880) % 2880))
    }

    /// The physical values of a frame without writing it (NaN where no data), before rounding to the file's type.
    public func pixels(of frame: Frame) -> MeasuredImage {
        let values = UnsafeMutablePointer<Double>.allocate(capacity: frame.width * frame.height)
        let columns = UnsafeMutablePointer<Double>.allocate(capacity: frame.width)
        defer {
            values.deallocate()
            columns.deallocate()
        }
        var renderer = Renderer(self, frame: frame, field: starField())
        var first = 0
        while first < frame.height {
            let number = min(32, frame.height - first)
            renderer.render(first: first, rows: number, into: values + first * frame.width, columns: columns)
            first += number
        }
        let buffer = UnsafeBufferPointer(start: values, count: frame.width * frame.height)
        return MeasuredImage(width: frame.width, height: frame.height, values: Array(buffer))
    }

    /// Big-endian samples of the sequence's type; integers rounded and held within their range, apart from BLANK.
    private func encode(_ values: UnsafePointer<Double>, _ count: Int, into bytes: inout [UInt8]) {
        let size = abs(bitpix) / 8
        let usesBlank = missing > 0 && noData == .blank
        bytes.withUnsafeMutableBytes { buffer in
            guard let out = buffer.baseAddress else { return }
            var index = 0
            if bitpix < 0 {
                while index < count {
                    if size == 4 {
                        out.storeBytes(
                            of: Float(values[index]).bitPattern.bigEndian, toByteOffset: index * 4, as: UInt32.self)
                    } else {
                        out.storeBytes(of: values[index].bitPattern.bigEndian, toByteOffset: index * 8, as: UInt64.self)
                    }
                    index += 1
                }
                return
            }
            // Raw = physical / BSCALE - BZERO / BSCALE, by integers, so that 64-bit samples stay exact.
            let zero: Int64
            let low: Int64
            let high: Int64
            switch sampleType {
            case .uint8: (zero, low, high) = (0, 0, 255)
            case .int8: (zero, low, high) = (-128, 0, 255)
            case .int16: (zero, low, high) = (0, -32768, 32767)
            case .uint16: (zero, low, high) = (32768, -32768, 32767)
            case .int32: (zero, low, high) = (0, -2_147_483_648, 2_147_483_647)
            case .uint32: (zero, low, high) = (2_147_483_648, -2_147_483_648, 2_147_483_647)
            default: (zero, low, high) = (sampleType == .uint64 ? .min : 0, .min, .max)
            }
            let floor = usesBlank ? low + 1 : low
            let inverse = 1 / bscale
            while index < count {
                let value = values[index]
                var raw = blank
                if value == value {
                    let scaled = (bscale == 1 ? value : value * inverse).rounded()
                    raw = Int64(max(-9.2e18, min(9.2e18, scaled))) &- zero
                    if size < 8 { raw = max(floor, min(high, raw)) }
                }
                let place = index * size
                switch size {
                case 1: out.storeBytes(of: UInt8(truncatingIfNeeded: raw), toByteOffset: place, as: UInt8.self)
                case 2:
                    out.storeBytes(of: Int16(truncatingIfNeeded: raw).bigEndian, toByteOffset: place, as: Int16.self)
                case 4:
                    out.storeBytes(of: Int32(truncatingIfNeeded: raw).bigEndian, toByteOffset: place, as: Int32.self)
                default: out.storeBytes(of: raw.bigEndian, toByteOffset: place, as: Int64.self)
                }
                index += 1
            }
        }
    }
}

private final class FailureList: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [any Error] = []

    func add(_ error: any Error) { lock.withLock { list.append(error) } }
    var first: (any Error)? { lock.withLock { list.first } }
}
