package import Files

/// The folders in which a user's own files are looked for, by the XDG rules: a path that is not absolute does not count.
package struct UserFolders: Sendable {
    /// Catalogues of orbital elements: XDG_DATA_HOME/motion-stack, else ~/.local/share/motion-stack; nil where there is neither.
    package var data: String?
    /// Indexes, and replies of services: XDG_CACHE_HOME/motion-stack, else ~/.cache/motion-stack; nil where there is neither.
    package var cache: String?
    /// What `~` stands for.
    package var home: String?

    package init(environment: (String) -> String? = PathText.variable) {
        func folder(_ variable: String, _ below: String) -> String? {
            if let base = environment(variable), base.hasPrefix("/") { return base + "/motion-stack" }
            return environment("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/\(below)/motion-stack" : nil }
        }
        data = folder("XDG_DATA_HOME", ".local/share")
        cache = folder("XDG_CACHE_HOME", ".cache")
        home = environment("HOME")
    }

    /// Where replies of services are kept.
    package var replies: String? { cache.map { $0 + "/online" } }

    /// A path of the settings, `~/` replaced.
    package func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst(1)
    }
}
