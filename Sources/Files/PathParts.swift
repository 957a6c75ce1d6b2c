/// Paths taken apart as bytes would be: no tilde, no pattern, no URL.
package enum PathParts {
    /// The folder ("." when none is given) and the name of a path.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }

    package static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
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
