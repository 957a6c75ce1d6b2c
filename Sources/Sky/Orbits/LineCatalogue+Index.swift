internal import Files
internal import Glibc

extension LineCatalogue {
    /// The index that fits the catalogue as it is now, made where there is none; nil where none can be kept.
    func index() throws(SkyError) -> CatalogueIndex? {
        let places = indexPaths()
        for path in places {
            if let index = CatalogueIndex(path, of: file) { return index }
        }
        for path in places {
            makeFolder(of: path)
            guard let builder = CatalogueIndexBuilder(path) else { continue }
            if try build(builder) { return CatalogueIndex(path, of: file) }
        }
        return nil
    }

    var hasIndex: Bool { indexPaths().contains { CatalogueIndex($0, of: file) != nil } }

    private func build(_ builder: CatalogueIndexBuilder) throws(SkyError) -> Bool {
        var checkpoints: [GzipStream.Checkpoint] = []
        try forEachLine(checkpointEvery: 4 << 20, checkpoint: { checkpoints.append($0) }) { line, offset in
            guard MPCORBLine.isPlausible(line) else { return }
            let start = line.startIndex
            builder.add(CatalogueIndex.hash(packed: line[start..<(start + 7)]), at: offset)
            guard line.count > 166 else { return }
            // "(433) Eros", "(123456) 2001 AB12" or "2025 BC": the number is known by its packed form already.
            var readable = line[(start + 166)..<min(start + 194, line.endIndex)]
            readable = readable.drop { $0 == 0x20 }
            if readable.first == UInt8(ascii: "("), let close = readable.firstIndex(of: UInt8(ascii: ")")) {
                readable = readable[(close + 1)...]
            }
            guard readable.contains(where: { $0 > 0x20 }) else { return }
            builder.add(CatalogueIndex.hash(name: readable), at: offset)
        }
        return builder.publish(checkpoints, of: file)
    }

    /// The objects whose line answers to the name best.
    func found(_ wanted: ObjectName.Wanted, by index: CatalogueIndex) throws(SkyError) -> [OrbitalElements] {
        let designation = wanted.designation
        var hashes = [CatalogueIndex.hash(name: Array(designation.key.utf8)[...])]
        if let packed = designation.packed { hashes.append(CatalogueIndex.hash(packed: Array(packed.utf8)[...])) }
        if case .name(let name) = designation { hashes.append(CatalogueIndex.hash(packed: Array(name.utf8)[...])) }
        var offsets = Set<Int64>()
        for hash in hashes { offsets.formUnion(try index.offsets(of: hash)) }
        var found: [(object: OrbitalElements, answer: ObjectName.Answer)] = []
        for offset in offsets.sorted() {
            guard let line = try line(at: offset, by: index), isPlausible(line) else { continue }
            guard let answer = objectName(of: line).answer(to: wanted), answer > .near else { continue }
            found.append((try elements(line), answer))
        }
        return ObjectName.best(found)
    }

    private func line(at offset: Int64, by index: CatalogueIndex) throws(SkyError) -> ArraySlice<UInt8>? {
        guard offset >= 0 else { return nil }
        var bytes: [UInt8]
        if isGzip {
            guard let checkpoint = try index.checkpoint(before: offset) else { return nil }
            let stream = try GzipStream(file, from: checkpoint)
            bytes = []
            while bytes.count <= MPCORBLine.longest {
                let start = stream.outputOffset
                guard let next = try stream.next() else { break }
                let skip = max(0, offset - start)
                if skip < Int64(next.count) { bytes += next[Int(skip)...].prefix(MPCORBLine.longest + 1) }
            }
        } else {
            bytes = try file.bytes(at: offset, count: MPCORBLine.longest + 1)
        }
        return TextLines(bytes).first { _ in true }
    }

    private func indexPaths() -> [String] {
        let name = PathParts.name(file.path)
        // Two catalogues of one name share no index: the path is part of it.
        let tag = String(CatalogueIndex.hash(packed: Array(absolutePath.utf8)[...]), radix: 36)
        if let indexFolder { return ["\(indexFolder)/\(name).\(tag).index"] }
        var paths = [file.path + ".index"]
        if let cache = PathText.variable("XDG_CACHE_HOME"), cache.hasPrefix("/") {
            paths.append("\(cache)/motion-stack/\(name).\(tag).index")
        } else if let home = PathText.variable("HOME"), home.hasPrefix("/") {
            paths.append("\(home)/.cache/motion-stack/\(name).\(tag).index")
        }
        return paths
    }

    private var absolutePath: String {
        guard let found = realpath(file.path.systemPath, nil) else { return file.path }
        defer { free(found) }
        return PathText.text(found)
    }

    /// The last two folders of a path in the cache may be missing.
    private func makeFolder(of path: String) {
        guard path != file.path + ".index", let slash = path.lastIndex(of: "/") else { return }
        let folder = String(path[..<slash])
        if let upper = folder.lastIndex(of: "/"), upper != folder.startIndex {
            mkdir(String(folder[..<upper]).systemPath, 0o755)
        }
        mkdir(folder.systemPath, 0o755)
    }
}
