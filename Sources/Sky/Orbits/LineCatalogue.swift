internal import Files
internal import Glibc

/// MPCORB.DAT or CometEls.txt: one object a line.
struct LineCatalogue {
    let file: CatalogueFile
    let format: ElementFile.Format
    let isGzip: Bool
    /// Where the index goes; nil: beside the catalogue, or in the user's cache where that cannot be written.
    let indexFolder: String?

    /// Files up to this size are not worth an index.
    static let smallBytes: Int64 = 1 << 20

    private var sourceName: String { PathParts.name(file.path) }

    /// The one object of that name. Throws `.notFound` or `.ambiguous`.
    func elements(of name: String) throws(SkyError) -> OrbitalElements {
        guard let wanted = ObjectName.Wanted(name) else {
            throw SkyError(
                .notFound, operation: "find the object", subject: sourceName, detail: "no name was given")
        }
        let (found, near) = try search(wanted)
        return try OrbitalElements.only(found, near: near, wanted: wanted, source: sourceName)
    }

    /// Every line that answers to the name; of those that do, only the ones that answer best.
    func all(named name: String) throws(SkyError) -> [OrbitalElements] {
        guard let wanted = ObjectName.Wanted(name) else { return [] }
        return try search(wanted).found.map { $0.named(by: wanted) }
    }

    /// Small files are read from front to back; large ones through an index, made on the first call, which knows no
    /// near names.
    func search(_ wanted: ObjectName.Wanted) throws(SkyError) -> (found: [OrbitalElements], near: [String]) {
        if format == .mpcorb, file.size > Self.smallBytes, let index = try index() {
            return (try found(wanted, by: index), [])
        }
        var found: [(object: OrbitalElements, answer: ObjectName.Answer)] = []
        var near: [String] = []
        try forEachLine { line, _ throws(SkyError) in
            guard isPlausible(line) else { return }
            let name = objectName(of: line)
            switch name.answer(to: wanted) {
            case .near: if near.count < 1000 { near.append(name.spellings.first ?? "") }
            case let answer?: found.append((try elements(line), answer))
            case nil: break
            }
        }
        return (ObjectName.best(found), found.isEmpty ? near : [])
    }

    func isPlausible(_ line: ArraySlice<UInt8>) -> Bool {
        format == .comets ? CometElsLine.isPlausible(line) : MPCORBLine.isPlausible(line)
    }

    func elements(_ line: ArraySlice<UInt8>) throws(SkyError) -> OrbitalElements {
        format == .comets
            ? try CometElsLine.elements(line, source: sourceName) : try MPCORBLine.elements(line, source: sourceName)
    }

    /// By what the object of a line may be called.
    func objectName(of line: ArraySlice<UInt8>) -> ObjectName {
        let columns = TextColumns(bytes: line)
        return format == .comets
            ? ObjectName(columns.text(103...158), designation: CometElsLine.designation(columns))
            : ObjectName(columns.text(167...194), designation: Designation(packed: columns.text(1...7)))
    }

    /// Lines with their offsets. A line that is longer than any of the format is passed over.
    func forEachLine(_ body: (ArraySlice<UInt8>, Int64) throws(SkyError) -> Void) throws(SkyError) {
        try forEachLine(checkpointEvery: .max, checkpoint: { _ in }, body)
    }

    func forEachLine(
        checkpointEvery spacing: Int64, checkpoint: (GzipStream.Checkpoint) -> Void,
        _ body: (ArraySlice<UInt8>, Int64) throws(SkyError) -> Void
    ) throws(SkyError) {
        let stream = isGzip ? try GzipStream(file) : nil
        var offset: Int64 = 0
        var carried: [UInt8] = []
        var known: Int64 = -1
        while true {
            let bytes: [UInt8]
            if let stream {
                bytes = try stream.next(checkpointEvery: spacing) ?? []
                if let point = stream.lastCheckpoint, point.output != known {
                    known = point.output
                    checkpoint(point)
                }
            } else {
                bytes = try file.bytes(at: offset, count: 1 << 20)
            }
            guard !bytes.isEmpty else { break }
            let start = offset - Int64(carried.count)
            offset += Int64(bytes.count)
            let joined = carried.isEmpty ? bytes : carried + bytes
            var position = 0
            while let end = Self.newline(joined, from: position) {
                try body(Self.withoutReturn(joined[position..<end]), start + Int64(position))
                position = end + 1
            }
            // What no line of the format can be is not collected for ever; its end comes as a line that nobody takes.
            carried = joined.count - position > 64 << 10 ? Array(joined.suffix(64 << 10)) : Array(joined[position...])
        }
        if !carried.isEmpty { try body(Self.withoutReturn(carried[...]), offset - Int64(carried.count)) }
    }

    private static func newline(_ bytes: [UInt8], from position: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            guard position < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + position, 0x0A, buffer.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0D ? line.dropLast() : line
    }
}
