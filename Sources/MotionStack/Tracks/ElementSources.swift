internal import Files
internal import Glibc
package import Sky

/// The files in which an object's orbital elements are looked for by its name.
package struct ElementSources {
    /// --elements: the only ones where they are given.
    var explicit: [String]
    /// The user's own, from the settings.
    var chosen: [String]
    /// What lies in the user's data folder.
    var standard: [String]
    /// Where indexes are kept; nil: nowhere.
    private let indexFolder: String?
    /// Told when an index is made.
    var narrate: (String) -> Void
    var warn: (String) -> Void

    package init(
        explicit: [String], sources: TrackSources, narrate: @escaping (String) -> Void,
        warn: @escaping (String) -> Void
    ) {
        self.explicit = explicit
        let folders = UserFolders()
        chosen = sources.elementFiles.map(folders.expanded)
        standard = sources.dataFolder.map(Self.catalogues) ?? []
        indexFolder = sources.cacheFolder
        self.narrate = narrate
        self.warn = warn
    }

    /// The catalogues that are there; of one that is there twice, the plain one.
    private static func catalogues(in folder: String) -> [String] {
        func isThere(_ name: String) -> String? {
            let path = "\(folder)/\(name)"
            return access(path.systemPath, F_OK) == 0 ? path : nil
        }
        return [isThere("MPCORB.DAT") ?? isThere("MPCORB.DAT.gz"), isThere("CometEls.txt")].compactMap { $0 }
    }

    /// Where a name alone is looked for, for messages.
    package var places: [String] { chosen + standard }

    /// The one object of that name; nil where none of the user's files has it, or there is none (see `absent`). Throws
    /// `.usage` for a name that --elements does not have or that fits several objects, naming them; `.noInput`,
    /// `.badData` and `.configuration` for a file that cannot be used.
    package func elements(of name: String) throws(MotionStackError) -> OrbitalElements? {
        if explicit.count == 1, let explicit = explicit.first {
            let file = try open(explicit)
            do throws(SkyError) { return try file.elements(of: name) } catch { throw MotionStackError(error) }
        }
        let found = try all(named: name)
        guard !found.isEmpty || explicit.isEmpty else {
            throw MotionStackError(.usage, "\(name): not in \(explicit.joined(separator: ", "))\(hint(name))")
        }
        // The same object in two files: the newest epoch counts.
        let keys = Set(found.map(\.identity))
        guard keys.count <= 1 else {
            let names = found.prefix(20).map { "\($0.name) (\($0.source))" }.joined(separator: "; ")
            throw MotionStackError(
                .usage, "'\(name)' fits several objects: \(names); give a number or designation")
        }
        return found.max { $0.epochMJD < $1.epochMJD }
    }

    /// What to say where nothing tells how the object moves; `why` no service is asked.
    func absent(_ name: String, why: String) -> MotionStackError {
        let looked =
            places.isEmpty
            ? ""
            : "\(places.joined(separator: ", ")) \(places.count == 1 ? "does" : "do") not have it\(hint(name)); "
        return MotionStackError(
            .usage,
            "no source of motion for \(name): \(looked)\(why); \(Self.remedies); --standard stacks without motion")
    }

    private static let remedies =
        "give --rate ARCSEC/MIN --pa DEG, --ephemeris FILE with its positions, or --elements FILE with its orbit (MPCORB.DAT, CometEls.txt, JPL SBDB or Horizons, Find_Orb)"

    /// Every object in all the files that answers to the name.
    package func all(named name: String) throws(MotionStackError) -> [OrbitalElements] {
        var found: [OrbitalElements] = []
        for path in explicit.isEmpty ? places : explicit {
            do throws(MotionStackError) {
                let file = try open(path)
                do throws(SkyError) { found += try file.all(named: name) } catch { throw MotionStackError(error) }
            } catch {
                if !explicit.isEmpty { throw error }
                guard standard.contains(path) else {
                    throw MotionStackError(.configuration, "elements of the settings: \(error.message)")
                }
                warn(error.message)
            }
        }
        return found
    }

    /// What the files have that the name may have meant, in words for a message: "; it has 73P-C/...".
    package func hint(_ name: String) -> String {
        var near: [String] = []
        for path in explicit.isEmpty ? places : explicit { near += (try? open(path).nearNames(to: name)) ?? [] }
        return ElementFile.hint(near)
    }

    private func open(_ path: String) throws(MotionStackError) -> ElementFile {
        do throws(SkyError) {
            let file = try ElementFile(path, indexFolder: indexFolder)
            if file.needsIndex {
                narrate("Making the index of \(path) (once)...")
                if try !file.prepareIndex() { warn("\(path): its index cannot be kept; it is read from front to back") }
            }
            return file
        } catch {
            var error = error
            if error.code == .io { error.operation = "read orbital elements" }
            throw MotionStackError(error)
        }
    }
}

extension MotionStackError {
    /// What Sky says of a name, a time or a place that was given.
    package init(_ error: SkyError) {
        let code: Code =
            switch error.code {
            case .io: .noInput
            case .notFound, .ambiguous, .badSite, .badTime, .badPosition: .usage
            default: .badData
            }
        self.init(code, error.description)
    }
}
