internal import Files

/// A plan on disk: a line of JSON for the run, a line for each frame, a line for each frame left out. Read and written a line at a time, so that a
/// frame takes no more memory than its numbers; its header's text waits in the file.
final class PlanFile: Sendable {
    private let file: OpenFile
    var path: String { file.path }

    /// Throws `.noInput`.
    init(opening path: String, in files: any FileSystem) throws(MotionStackError) {
        do throws(FilesError) { file = try OpenFile(path, in: files) } catch {
            throw MotionStackError(.noInput, "\(path): the plan cannot be read: \(error.detail)")
        }
    }

    /// Longest line; a frame's has its world coordinates and may have a mesh for each target.
    private static let longest = 16 << 20
    private static let block = 1 << 16

    // MARK: Reading

    /// Gives each line and where it stands, until `body` has enough.
    func forEachLine(
        _ body: ([UInt8], Range<Int64>) throws(MotionStackError) -> Bool
    ) throws(MotionStackError) {
        var line: [UInt8] = []
        var start: Int64 = 0
        var offset: Int64 = 0
        var block = [UInt8](repeating: 0, count: Self.block)
        while true {
            let count = try read(&block, at: offset)
            guard count > 0 else { break }
            var rest = block[..<count]
            while let end = rest.firstIndex(of: 0x0A) {
                line += rest[..<end]
                let next = offset + Int64(end) + 1
                guard try body(line, start..<next - 1) else { return }
                line.removeAll(keepingCapacity: true)
                start = next
                rest = rest[(end + 1)...]
            }
            line += rest
            guard line.count <= Self.longest else {
                throw MotionStackError(.badData, "\(path): is no plan: a line of over \(Self.longest >> 20) MiB")
            }
            offset += Int64(count)
        }
        guard line.isEmpty else { throw MotionStackError(.badData, "\(path): is cut short") }
    }

    private func read(_ bytes: inout [UInt8], at offset: Int64) throws(MotionStackError) -> Int {
        do throws(FilesError) { return try file.read(&bytes, at: offset) } catch {
            throw MotionStackError(.io, "\(path): the plan cannot be read: \(error.detail)")
        }
    }

    /// World coordinates of a frame as text, from its line; nil where it has none.
    func worldCoordinates(_ line: Range<Int64>) -> [UInt8]? {
        let count = Int(line.upperBound - line.lowerBound)
        guard let bytes = try? file.bytes(at: line.lowerBound, count: count), bytes.count == count,
            let text = try? JSONValue(parsing: bytes)["wcs"]?.text
        else { return nil }
        return Array(text.utf8)
    }

    // MARK: Writing

    /// Writes the plan of a run; what was there is replaced at once by the whole file. Throws `.cannotCreate` or `.io`.
    ///
    /// - Parameter hash: of a frame's data; nil where none is kept.
    static func write(
        _ run: RunPlan, _ request: StackRequest, to path: String, in files: any FileSystem,
        hash: (PlannedFrame) throws(MotionStackError) -> UInt64?
    ) throws(MotionStackError) {
        guard !PathParts.split(path).name.isEmpty else {
            throw MotionStackError(.cannotCreate, "'\(path)' names no file for the plan")
        }
        func failure(_ code: MotionStackError.Code, _ error: FilesError) -> MotionStackError {
            MotionStackError(code, "\(path): the plan cannot be written: \(error.detail)")
        }
        let file: NewFile
        do throws(FilesError) { file = try NewFile(path, in: files) } catch { throw failure(.cannotCreate, error) }
        func put(_ value: some Encodable) throws(MotionStackError) {
            let line = try JSONEncoding.line(value) + [0x0A]
            do throws(FilesError) { try file.append(line) } catch { throw failure(.io, error) }
        }
        let plans = run.plans
        try put(StackPlan.Facts(run, request))
        for places in StackPlan.uses(plans) {
            guard let frame = StackPlan.frame(places, plans) else { continue }
            try put(StackPlan.Frame(places, plans, data: hash(frame)))
        }
        for (target, plan) in plans.enumerated() {
            for frame in plan.leftOut { try put(StackPlan.LeftOut(target: target, frame: frame)) }
        }
        do throws(FilesError) {
            try file.synchronize()
            try file.publish(replacing: true)
        } catch { throw failure(.io, error) }
    }

    /// The hash of a file's bytes. Throws `.io`.
    static func hash(of path: String, in files: any FileSystem) throws(MotionStackError) -> UInt64 {
        do throws(FilesError) {
            let file = try OpenFile(path, in: files)
            var bytes = [UInt8](repeating: 0, count: 1 << 18)
            var hash = FNV1a()
            var offset: Int64 = 0
            while true {
                let count = try file.read(&bytes, at: offset)
                guard count > 0 else { return hash.value }
                for byte in bytes[..<count] { hash.add(byte) }
                offset += Int64(count)
            }
        } catch { throw MotionStackError(.io, "\(path): cannot be read: \(error.detail)") }
    }
}
