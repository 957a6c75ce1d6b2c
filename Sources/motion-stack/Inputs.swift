internal import Files
internal import FITS
internal import Glibc
internal import MotionStack
internal import Sky

/// What the words of a command line name: the object, and the frames.
struct Inputs {
    var object: String?
    var paths: [String]
    /// Folders that were given without --recursive.
    var folders: [String] = []

    /// - Parameters:
    ///   - words: what is not an option, in order.
    ///   - takesObject: whether the first word may be the object's name.
    /// Throws `.noInput` for a list that cannot be read.
    init(words: [String], takesObject: Bool, recursive: Bool) throws(MotionStackError) {
        var rest = words[...]
        if takesObject, let first = rest.first, !Self.namesFile(first) {
            object = first
            rest = rest.dropFirst()
        }
        paths = []
        paths.reserveCapacity(rest.count)
        for word in rest { try take(word, recursive) }
    }

    /// Whether a word is a file's name rather than an object's.
    static func namesFile(_ word: String) -> Bool {
        if word.hasPrefix("@") || isPattern(word) { return true }
        if word.utf8.contains(UInt8(ascii: "/")) { return !isComet(word) || access(word, F_OK) == 0 }
        let lower = word.lowercased()
        if [".fit", ".fits", ".fts", ".fz", ".gz"].contains(where: lower.hasSuffix) { return true }
        return access(word, F_OK) == 0
    }

    /// "C/2022 E3" and "2P/Encke" hold a '/' and are no paths.
    private static func isComet(_ word: String) -> Bool {
        switch Designation(parsing: word) {
        case .comet?, .cometNumber?: true
        default: false
        }
    }

    private static func isPattern(_ word: String) -> Bool {
        word.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    private mutating func take(_ word: String, _ recursive: Bool) throws(MotionStackError) {
        if word.hasPrefix("@") {
            for path in try Self.list(String(word.dropFirst())) { takeLiteral(path, recursive) }
        } else if Self.isPattern(word), access(word, F_OK) != 0 {
            let found = Self.matches(word)
            // What matches nothing is named like a file that is not there.
            if found.isEmpty { paths.append(word) }
            for path in found { takeLiteral(path, recursive) }
        } else {
            takeLiteral(word, recursive)
        }
    }

    private mutating func takeLiteral(_ path: String, _ recursive: Bool) {
        guard Self.isFolder(path) else { return paths.append(path) }
        if recursive {
            walk(path, depth: 0)
        } else {
            folders.append(path)
            paths.append(path)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Names of a pattern that the shell left alone, sorted.
    private static func matches(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { String(cString: $0) } }
    }

    /// The lines of a list file.
    private static func list(_ path: String) throws(MotionStackError) -> [String] {
        guard let text = TextFile.read(path) else {
            throw MotionStackError(
                .noInput,
                "@\(path): cannot read the list \(path): \(String(cString: strerror(errno))); ./@\(path) names a file")
        }
        return text.split(whereSeparator: \.isNewline).map(String.init).filter {
            !$0.allSatisfy { $0 == " " || $0 == "\t" }
        }
    }

    /// FITS files of a folder and of those in it, by name. Links to folders are not followed.
    private mutating func walk(_ folder: String, depth: Int) {
        guard depth < 64, let stream = opendir(folder) else { return }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        closedir(stream)
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        for name in names.sorted() {
            let path = base + name
            var facts = stat()
            guard lstat(path, &facts) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR {
                walk(path, depth: depth + 1)
            } else if Self.isFrameName(name), !Self.isFolder(path) {
                paths.append(path)
            }
        }
    }

    private static func isFrameName(_ name: String) -> Bool {
        var lower = name.lowercased()
        if lower.hasSuffix(".gz") { lower.removeLast(3) }
        return [".fit", ".fits", ".fts", ".fz"].contains(where: lower.hasSuffix)
    }

    /// OBJECT of the first frame that has one, for messages.
    var objectOfHeader: String? {
        for path in paths.prefix(3) {
            guard let file = try? FITSFile.open(path, in: LocalFiles(), scan: .until(.firstImage)),
                let hdu = try? file.select(.firstImage),
                let name = file.header(inheriting: hdu).string("OBJECT")
            else { continue }
            let words = name.split(separator: " ").joined(separator: " ")
            if !words.isEmpty { return words }
        }
        return nil
    }
}
