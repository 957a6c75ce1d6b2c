internal import Files

/// A file of orbital elements in any of the formats known, told by its content.
public struct ElementFile: Sendable {
    public enum Format: String, Sendable, Codable {
        case mpcorb, comets, sbdb, horizons, findOrb
    }

    public let path: String
    public let format: Format
    /// Whether the file is gzip; MPCORB and comet elements are read so, too.
    public let isGzip: Bool
    private let file: CatalogueFile
    private let indexFolder: String?

    /// What is read whole: everything but MPCORB.DAT, and gzip of anything.
    static let longestWhole = 64 << 20

    /// Throws `.io`, or `.badElements` for a file of none of the formats. `indexFolder` is where the index of a large
    /// catalogue is kept: beside it when nil, or in the user's cache where that cannot be written.
    public init(_ path: String, indexFolder: String? = nil) throws(SkyError) {
        self.path = path
        self.indexFolder = indexFolder
        file = try CatalogueFile(path)
        var head = try file.bytes(at: 0, count: Int(min(file.size, 64 << 10)))
        isGzip = head.starts(with: [0x1F, 0x8B])
        if isGzip { head = try GzipStream(file).next() ?? [] }
        guard let format = Self.format(of: head) else {
            throw SkyError(
                .badElements, operation: "read orbital elements", subject: path,
                detail: "it is none of MPCORB.DAT, CometEls.txt, JPL SBDB JSON, JPL Horizons text, Find_Orb JSON")
        }
        self.format = format
    }

    /// The one object of that name. Throws `.notFound`, or `.ambiguous` with the names of those that fit.
    ///
    /// Files of one object (SBDB, Horizons) give it whatever its name is, with a warning when the name asked for is
    /// another. An empty name is good for a file of one object.
    public func elements(of name: String) throws(SkyError) -> OrbitalElements {
        switch format {
        case .mpcorb, .comets:
            return try catalogue.elements(of: name)
        case .sbdb, .horizons, .findOrb:
            guard !isGzip else {
                throw SkyError(
                    .badElements, operation: "read orbital elements", subject: path,
                    detail: "only MPCORB and comet elements are read out of gzip: expand it first")
            }
            return try Self.elements(of: name, in: try file.all(limit: Self.longestWhole), source: sourceName)
        }
    }

    /// Every object that answers to the name; empty where none does. Throws for a file that cannot be read.
    public func all(named name: String) throws(SkyError) -> [OrbitalElements] {
        switch format {
        case .mpcorb, .comets: return try catalogue.all(named: name)
        case .sbdb, .horizons, .findOrb:
            do throws(SkyError) {
                let one = try elements(of: name)
                // A file of one object gives it whatever it is asked for.
                return one.fits(name) ? [one] : []
            } catch {
                if error.code == .notFound { return [] }
                throw error
            }
        }
    }

    /// Names of objects that somebody who typed this may have meant, of which none answers: fragments of the comet,
    /// names that begin so. Empty for the large catalogues, which are read by their index.
    public func nearNames(to name: String) throws(SkyError) -> [String] {
        guard format == .mpcorb || format == .comets, let wanted = ObjectName.Wanted(name) else { return [] }
        return try catalogue.search(wanted).near
    }

    /// Such names in words, for the end of a message; empty where there are none.
    public static func hint(_ nearNames: [String]) -> String { ObjectName.hint(nearNames) }

    private var catalogue: LineCatalogue {
        LineCatalogue(file: file, format: format, isGzip: isGzip, indexFolder: indexFolder)
    }

    /// Makes the index of a large catalogue, where there is none that fits. True when there is one now.
    @discardableResult
    public func prepareIndex() throws(SkyError) -> Bool {
        guard format == .mpcorb, file.size > LineCatalogue.smallBytes else { return false }
        return try catalogue.index() != nil
    }

    /// Whether a first search will make an index, which takes some seconds.
    public var needsIndex: Bool {
        format == .mpcorb && file.size > LineCatalogue.smallBytes && !catalogue.hasIndex
    }

    private var sourceName: String { PathParts.name(path) }

    /// Recognises a format by the first bytes.
    static func format(of head: [UInt8]) -> Format? {
        let first = head.first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
        if first == UInt8(ascii: "{") {
            let text = String(decoding: head, as: UTF8.self)
            if text.contains("Horizons") { return .horizons }
            if text.contains("\"objects\"") || text.contains("\"jsonrpc\"") { return .findOrb }
            return .sbdb
        }
        for line in TextLines(head).prefix(300) {
            if MPCORBLine.isPlausible(line) { return .mpcorb }
            if CometElsLine.isPlausible(line) { return .comets }
        }
        if HorizonsElements.matches(head) { return .horizons }
        return nil
    }

    /// Out of a reply or file that is already in memory (JSON or Horizons text).
    public static func elements(of name: String, in bytes: [UInt8], source: String) throws(SkyError) -> OrbitalElements
    {
        let first = bytes.first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
        guard first == UInt8(ascii: "{") else {
            guard HorizonsElements.matches(bytes) else {
                throw SkyError(
                    .badElements, operation: "read orbital elements", subject: source,
                    detail: "it is neither JSON nor a reply of JPL Horizons: "
                        + String(decoding: bytes.prefix(200), as: UTF8.self).trimmed)
            }
            return try checked(HorizonsElements.elements(bytes, source: source), against: name)
        }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw SkyError(
                .badElements, operation: "read orbital elements", subject: source,
                detail: "the JSON is damaged at byte \(error.offset): \(error.reason)")
        }
        if let text = HorizonsElements.text(of: json) {
            return try checked(HorizonsElements.elements(Array(text.utf8), source: source), against: name)
        }
        if FindOrbElements.matches(json) {
            let all = try FindOrbElements.all(json, source: source)
            if name.trimmed.isEmpty, all.count == 1 { return all[0] }
            return try pick(name, among: all, source: source)
        }
        return try checked(SBDBReply.elements(json, source: source), against: name)
    }

    private static func checked(_ elements: OrbitalElements, against name: String) -> OrbitalElements {
        guard let wanted = ObjectName.Wanted(name) else { return elements }
        guard !elements.fits(name) else { return elements.named(by: wanted) }
        var copy = elements
        copy.warnings.append("the elements are those of \(elements.name), not '\(name.trimmed)'")
        return copy
    }

    static func pick(_ name: String, among all: [OrbitalElements], source: String) throws(SkyError) -> OrbitalElements {
        guard let wanted = ObjectName.Wanted(name) else {
            throw SkyError(.notFound, operation: "find the object", subject: source, detail: "no name was given")
        }
        var found: [(object: OrbitalElements, answer: ObjectName.Answer)] = []
        for one in all {
            if let answer = one.answer(to: wanted) { found.append((one, answer)) }
        }
        return try OrbitalElements.only(
            ObjectName.best(found), near: found.map(\.object.name), wanted: wanted, source: source)
    }
}
