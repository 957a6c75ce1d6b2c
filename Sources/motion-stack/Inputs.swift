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
    /// How the first word was read, and how to force the other reading; nil where there is no other.
    var reading: String?
    /// Where both readings could have been meant: to be told.
    var isAmbiguous = false
    /// What is odd about the words.
    var warnings: [String] = []
    private let room: PathRoom
    /// Frames beyond what can go into the limit are counted, and their names not kept.
    private var counted = 0
    private var countedBytes: Int64 = 0

    /// - Parameters:
    ///   - words: what is not an option, in order.
    ///   - use: what the first word may be the object's name for.
    ///   - room: what the frames have to go into.
    /// Throws `.noInput` for a list that cannot be read, `.badData` for one that is none, `.usage` for a designation
    /// that came without its quotes, `.doesNotFit` for more frames than go into the limit.
    init(words: [String], use: FirstWord.NameUse, recursive: Bool, room: PathRoom) throws(MotionStackError) {
        self.room = room
        var rest = words[...]
        paths = []
        if let first = rest.first {
            if use != .taken, let whole = FirstWord.splitDesignation(first, rest.dropFirst().first) {
                throw MotionStackError(
                    .usage,
                    "'\(first)' and '\(rest.dropFirst().first ?? "")' are neither files nor folders: a name of two words needs quotes, '\(whole)' (or --object '\(whole)')"
                )
            }
            let word = FirstWord(first, followedBy: rest.dropFirst(), use: use, recursive: recursive)
            reading = word.reading
            isAmbiguous = word.isAmbiguous
            if word.isObject {
                object = first
                rest = rest.dropFirst()
            }
        }
        paths.reserveCapacity(rest.count)
        for word in rest { try take(word, recursive) }
        guard counted > paths.count else { return }
        throw room.refusal(frames: counted, nameBytes: countedBytes)
    }

    private mutating func keep(_ path: String) {
        counted += 1
        countedBytes += Int64(path.utf8.count)
        // Looked at now and then: the answer changes by the thousand.
        guard counted == paths.count + 1, counted % 4096 != 0 || room.holds(counted) else { return }
        paths.append(path)
    }

    private mutating func take(_ word: String, _ recursive: Bool) throws(MotionStackError) {
        if word == "-" {
            try takeList("-", recursive)
        } else if word.hasPrefix("@") {
            try takeList(String(word.dropFirst()), recursive)
        } else if FirstWord.isPattern(word), access(word.systemPath, F_OK) != 0 {
            let found = Self.matches(word)
            if found.isEmpty {
                // What matches nothing is named like a file that is not there.
                warnings.append("\(word): no file fits this pattern")
                keep(word)
            }
            for path in found { takeLiteral(path, recursive) }
        } else {
            takeLiteral(word, recursive)
        }
    }

    private mutating func takeList(_ path: String, _ recursive: Bool) throws(MotionStackError) {
        let before = counted
        try LineList.read(path, remedy: "; \(path) without the @ names a file") { path, _ in
            takeLiteral(path, recursive)
        }
        guard counted == before else { return }
        warnings.append("\(path == "-" ? "standard input" : path): no path in this list")
    }

    /// Throws for a folder of plate solutions that is none: frame by frame it would only look empty.
    static func checkSolutions(_ folder: String?) throws(MotionStackError) {
        guard let folder, !FrameFolder.isFolder(folder) else { return }
        guard access(folder.systemPath, F_OK) == 0 else {
            throw MotionStackError(.noInput, "--wcs \(folder): \(String(cString: strerror(errno)))")
        }
        throw MotionStackError(
            .usage, "--wcs \(folder): is no folder; give the one that holds NAME.wcs (or NAME.head) for each NAME.fits")
    }

    private mutating func takeLiteral(_ path: String, _ recursive: Bool) {
        guard FrameFolder.isFolder(path) else { return keep(path) }
        if recursive {
            var skipped: [String] = []
            FrameFolder.walk(path, skipped: { skipped.append("\($0): its frames are not taken: \($1)") }) {
                keep($0)
                return true
            }
            warnings += skipped
        } else {
            folders.append(path)
            keep(path)
        }
    }

    /// Names of a pattern that the shell left alone, sorted.
    private static func matches(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern.systemPath, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { PathText.text($0) } }
    }

    /// OBJECT of the first frame that has one, for messages.
    var objectOfHeader: String? {
        for path in paths.prefix(3) {
            guard let file = try? FITSFile.open(path, in: LocalFiles(), scan: .until(.firstImage)),
                let hdu = try? file.select(.firstImage, takesTiles: true),
                let name = file.header(inheriting: hdu).string("OBJECT")
            else { continue }
            let words = name.split(separator: " ").joined(separator: " ")
            if !words.isEmpty { return words }
        }
        return nil
    }
}
