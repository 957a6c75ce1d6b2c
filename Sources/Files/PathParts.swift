/// Paths taken apart as bytes would be: no tilde, no pattern, no URL.
package enum PathParts {
    /// The folder ("." when none is given) and the name of a path.
    package static func split(_ path: String) -> (folder: String, name: String) {
        // By bytes: a slash before a combining mark is a slash.
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.utf8.index(after: slash)...]))
    }

    /// The last part of a path, for messages and to compare names; the path itself where it ends in a slash.
    package static func name(_ path: String) -> String {
        let name = split(path).name
        return name.isEmpty ? path : name
    }

    package static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : folder + "/" + name
    }

    /// A fresh `.name.XXXXXXXX.part`. The name is cut so that the whole stays within the 255 bytes of a file name.
    package static func partName(of name: String) -> String {
        let random = (0..<8).map { _ in letters[Int.random(in: 0..<letters.count)] }
        return partPrefix(of: name) + String(decoding: random, as: UTF8.self) + partSuffix
    }

    /// Whether `candidate` is a part of the product `name`.
    package static func isPart(_ candidate: String, of name: String) -> Bool {
        let prefix = partPrefix(of: name)
        guard candidate.hasPrefix(prefix), candidate.hasSuffix(partSuffix) else { return false }
        let middle = candidate.utf8.dropFirst(prefix.utf8.count).dropLast(partSuffix.utf8.count)
        return middle.count == 8 && middle.allSatisfy { letters.contains($0) }
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let partSuffix = ".part"

    private static func partPrefix(of name: String) -> String {
        var kept = Substring(name)
        while kept.utf8.count > 200 { kept = kept.dropLast() }
        return "." + kept + "."
    }
}
