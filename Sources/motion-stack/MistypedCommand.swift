internal import Files
internal import Glibc

/// A subcommand that was mistyped or does not stand first: told, never stacked as an object of that name.
enum MistypedCommand {
    /// What to say of the first word that is not an option, where no subcommand was named; nil where it may be an
    /// object's name or a file's.
    static func message(for word: String) -> String? {
        guard !FirstWord.isFile(word), access(word.systemPath, F_OK) != 0 else { return nil }
        let remedy = "if it is the object's name: --object '\(word)'"
        let lower = word.lowercased()
        if known.contains(word) {
            return "'\(word)' is a subcommand, which stands first: motion-stack \(word) ...; \(remedy)"
        }
        if known.contains(lower) { return said(word, lower, remedy) }
        guard let nearest = known.min(by: { distance($0, lower) < distance($1, lower) }) else { return nil }
        let isNear: Bool =
            switch distance(nearest, lower) {
            // Pan and Hela are asteroids; "plan" and "help" are not written with a capital.
            case 1: lower == word || nearest.utf8.count > 5 || isSwapped(nearest, lower)
            case 2: nearest.utf8.count > 6
            default: false
            }
        return isNear ? said(word, nearest, remedy) : nil
    }

    /// For `motion-stack help WORD`.
    static func helpMessage(for word: String) -> String? {
        guard !word.hasPrefix("-"), !CommandLineWords.commands.contains(word) else { return nil }
        let lower = word.lowercased()
        let nearest = CommandLineWords.commands.min { distance($0, lower) < distance($1, lower) } ?? "stack"
        let hint = distance(nearest, lower) <= 2 ? ": did you mean \(nearest)?" : ""
        return "'\(word)' is not a subcommand\(hint) There are: \(CommandLineWords.commands.joined(separator: ", "))"
    }

    private static let known = CommandLineWords.commands

    private static func said(_ word: String, _ command: String, _ remedy: String) -> String {
        "'\(word)' is not a subcommand: did you mean \(command)? (\(remedy))"
    }

    private static func isSwapped(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && a.utf8.sorted() == b.utf8.sorted()
    }

    /// Letters put in, left out, replaced, or swapped with their neighbour (optimal string alignment).
    static func distance(_ first: String, _ second: String) -> Int {
        let a = Array(first.utf8)
        let b = Array(second.utf8)
        guard b.count <= 24 else { return b.count }
        var rows = [Array(0...b.count)]
        for i in 1...max(1, a.count) where !a.isEmpty {
            var row = [i]
            for j in 1...max(1, b.count) where !b.isEmpty {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1)
                best = min(best, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows.last?.last ?? 0
    }
}
