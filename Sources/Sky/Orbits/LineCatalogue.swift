/// MPCORB.DAT or CometEls.txt: one object a line.
struct LineCatalogue {
    let file: CatalogueFile
    let format: ElementFile.Format

    private var sourceName: String { file.path.split(separator: "/").last.map { String($0) } ?? file.path }

    /// Reads the whole file from front to back.
    func elements(of name: String) throws(SkyError) -> OrbitalElements {
        let operation = "find the object"
        guard let wanted = Designation(parsing: name) else {
            throw SkyError(.notFound, operation: operation, subject: sourceName, detail: "no name was given")
        }
        var found: [OrbitalElements] = []
        let key = wanted.key
        try forEachLine { line, _ throws(SkyError) in
            guard isPlausible(line), keys(of: line).contains(key) else { return }
            found.append(try elements(line))
        }
        return try Self.only(found, name: name, source: sourceName)
    }

    static func only(_ found: [OrbitalElements], name: String, source: String) throws(SkyError) -> OrbitalElements {
        let operation = "find the object"
        guard let first = found.first else {
            throw SkyError(.notFound, operation: operation, subject: name, detail: "\(source) does not have it")
        }
        // The same object may stand twice (merged files): the newest epoch counts.
        let names = found.map { $0.designation?.key ?? $0.name }
        if Set(names).count == 1 { return found.max { $0.epochMJD < $1.epochMJD } ?? first }
        throw SkyError(
            .ambiguous, operation: operation, subject: name,
            detail: "several objects fit: " + found.prefix(20).map(\.name).joined(separator: "; "))
    }

    func isPlausible(_ line: ArraySlice<UInt8>) -> Bool {
        format == .comets ? CometElsLine.isPlausible(line) : MPCORBLine.isPlausible(line)
    }

    func elements(_ line: ArraySlice<UInt8>) throws(SkyError) -> OrbitalElements {
        format == .comets
            ? try CometElsLine.elements(line, source: sourceName) : try MPCORBLine.elements(line, source: sourceName)
    }

    /// Everything by which the object of a line may be called.
    func keys(of line: ArraySlice<UInt8>) -> [String] {
        let columns = TextColumns(bytes: line)
        if format == .comets {
            let designation = CometElsLine.designation(columns)
            var keys = ObjectName(columns.text(103...158)).keys
            if let designation {
                keys.append(designation.key)
                // A fragment answers to its comet's number too, so that "73P" lists what there is.
                if case .cometNumber(let number, let type, let fragment) = designation, !fragment.isEmpty {
                    keys.append(Designation.cometNumber(number, type: type, fragment: "").key)
                }
            }
            return keys
        }
        let packed = columns.text(1...7)
        var keys = ObjectName(columns.text(167...194)).keys
        if let designation = Designation(packed: packed) { keys.append(designation.key) }
        return keys
    }

    /// Lines with their offsets. A line that is longer than any of the format is passed over in pieces.
    func forEachLine(_ body: (ArraySlice<UInt8>, Int64) throws(SkyError) -> Void) throws(SkyError) {
        let block = 1 << 20
        var offset: Int64 = 0
        var carried: [UInt8] = []
        while offset < file.size {
            let bytes = try file.bytes(at: offset, count: Int(min(Int64(block), file.size - offset)))
            guard !bytes.isEmpty else { break }
            let start = offset - Int64(carried.count)
            let joined = carried + bytes
            offset += Int64(bytes.count)
            var position = 0
            while let end = joined[position...].firstIndex(of: 0x0A) {
                var line = joined[position..<end]
                if line.last == 0x0D { line = line.dropLast() }
                try body(line, start + Int64(position))
                position = end + 1
            }
            carried = Array(joined[position...])
            if carried.count > 4 * block { carried = [] }
            if offset >= file.size, !carried.isEmpty { try body(carried[...], offset - Int64(carried.count)) }
        }
    }
}
