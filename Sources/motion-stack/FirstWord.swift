internal import Files
internal import FITS
internal import Glibc
internal import MotionStack
internal import Sky

/// How the first word of a command line is read: as the object's name, or as the first of the frames.
///
/// A word that is a file by its form (a pattern, @LIST, a path with '/', a name that ends in .fits) is a frame. Any
/// other is the object's name, also where a file or a folder of that name is here, as long as frames follow it. Where no
/// name is needed and what is here is a frame, or a folder of frames, it is read as such: a wrong label is seen, a frame
/// that is missing is not.
struct FirstWord {
    /// What the command line needs a name for.
    enum NameUse {
        /// The words are frames, all of them: the name stands in --object, or there is none.
        case taken
        /// Something else says what moves how: the name is a label.
        case label
        /// The motion is looked up by the name, or follows a table of positions.
        case needed
    }

    let isObject: Bool
    /// Which reading was taken and how to force the other: where both could have been meant, or where none but the form
    /// of the word decided.
    let reading: String?
    /// Whether both readings could have been meant, so that the one that was taken has to be told.
    let isAmbiguous: Bool

    init(_ word: String, followedBy rest: ArraySlice<String>, use: NameUse, recursive: Bool) {
        func frame(_ why: String, isAmbiguous: Bool = false) -> (Bool, String?, Bool) {
            let remedy = "if it is the object's name: --object '\(word)'"
            return (false, "'\(word)' is taken as a file, since \(why); \(remedy)", isAmbiguous)
        }
        (isObject, reading, isAmbiguous) = {
            guard use != .taken else { return (false, nil, false) }
            if let form = Self.form(of: word) { return frame(form) }
            guard let kind = Self.kindOfFile(word) else { return (true, nil, false) }
            guard !rest.isEmpty else { return frame("a \(kind) of that name is here and no frame follows it") }
            let isHere = "a \(kind) of that name is here"
            if use == .label, !rest.contains(word), Self.holdsFrames(word, recursive: recursive) {
                return frame("\(isHere) and holds frames, and this run needs no name", isAmbiguous: true)
            }
            return (
                true,
                "'\(word)' is taken as the object's name, though \(isHere); if that is meant: ./\(word)",
                true
            )
        }()
    }

    /// Whether a word is a file's name by its form, whatever is on disk.
    static func isFile(_ word: String) -> Bool { form(of: word) != nil }

    /// What in the form of a word makes it a file's name; nil for what can be an object's.
    private static func form(of word: String) -> String? {
        if word.hasPrefix("@") { return "it begins with @" }
        if word == "-" { return "- reads a list of frames from standard input" }
        if isPattern(word) { return "it is a pattern" }
        if word.utf8.contains(UInt8(ascii: "/")), !isComet(word) { return "it holds '/'" }
        return endsAsFrame(word) ? "it ends as the names of frames do" : nil
    }

    static func isPattern(_ word: String) -> Bool {
        word.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    static func endsAsFrame(_ word: String) -> Bool {
        let lower = word.lowercased()
        return [".fit", ".fits", ".fts", ".fz", ".gz"].contains(where: lower.hasSuffix)
    }

    /// "C/2022 E3" and "2P/Encke" hold a '/' and are no paths.
    private static func isComet(_ word: String) -> Bool {
        switch Designation(parsing: word) {
        case .comet?, .cometNumber?: true
        default: false
        }
    }

    /// A designation of two words that came without its quotes; nil for words that are not that.
    static func splitDesignation(_ first: String, _ second: String?) -> String? {
        guard let second, !isFile(second), kindOfFile(first) == nil, kindOfFile(second) == nil else { return nil }
        // Each alone is something else: a year, or a file in a folder that is named for the comet's type.
        let together = "\(first) \(second)"
        switch Designation(parsing: together) {
        case .provisional?, .comet?, .survey?: return together
        default: return nil
        }
    }

    private static func kindOfFile(_ path: String) -> String? {
        var facts = stat()
        // A link that leads nowhere was meant to be a file all the same.
        guard stat(path.systemPath, &facts) == 0 else {
            return lstat(path.systemPath, &facts) == 0 ? "broken link" : nil
        }
        return facts.st_mode & S_IFMT == S_IFDIR ? "folder" : "file"
    }

    private static func holdsFrames(_ path: String, recursive: Bool) -> Bool {
        if kindOfFile(path) == "folder" { return recursive && FrameFolder.hasFrames(path) }
        switch try? FITSFile.format(ofPath: path, in: LocalFiles()) {
        case .plain?, .gzip?, .tile?: return true
        default: return false
        }
    }
}
