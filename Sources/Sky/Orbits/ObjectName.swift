internal import Files

/// The parts of an object's own name, as catalogues write it, and whether what a user typed means that object:
/// "1 Ceres (A801 AA)", "(433) Eros", "2P/Encke", "C/2022 E3 (ZTF)", "332P-B/Ikeya-Murakami".
struct ObjectName {
    /// How well an object answers to what was typed.
    enum Answer: Comparable {
        /// It is not that object, but somebody who typed this may want to know of it: a fragment of the comet named, or
        /// a name that begins with what was typed.
        case near
        /// The same designation or name, spelled in another way.
        case same
        /// The very text, or the same designation.
        case exact
    }

    /// What was typed.
    struct Wanted {
        let designation: Designation
        /// Blanks at the ends off, several in a row as one.
        let text: String
        let key: String

        /// Nil for blank text.
        init?(_ typed: String) {
            guard let designation = Designation(parsing: typed) else { return nil }
            self.designation = designation
            text = ObjectName.joined(typed)
            key = Designation.key(typed)
        }
    }

    let designations: [Designation]
    /// The whole name first, then its parts.
    let spellings: [String]

    /// `designation` is what the catalogue gives beside the readable name.
    init(_ readable: String, designation: Designation? = nil) {
        var designations: [Designation] = []
        var spellings: [String] = []
        func add(_ text: String) {
            let plain = Self.joined(text)
            guard !plain.isEmpty, plain.utf8.count <= 200, !spellings.contains(plain) else { return }
            spellings.append(plain)
            guard let found = Designation(parsing: plain), !found.isName, !designations.contains(found) else { return }
            designations.append(found)
        }
        if let designation, !designation.isName { designations.append(designation) }
        add(readable)
        // Parentheses: the inside on its own, the outside on its own.
        var outside = ""
        var inside = ""
        var depth = 0
        for character in readable {
            if character == "(" {
                depth += 1
            } else if character == ")" {
                depth = max(0, depth - 1)
                add(inside)
                inside = ""
            } else if depth > 0 {
                inside.append(character)
            } else {
                outside.append(character)
            }
        }
        add(outside)
        // "433 Eros" and "2P/Encke"; but "2025 BC" has no number 2025.
        let plain = outside.trimmed
        if let blank = plain.firstIndex(of: " "), plain[..<blank].isAllDigits,
            case .number? = Designation(parsing: plain)
        {
            add(String(plain[..<blank]))
            add(String(plain[blank...]))
        }
        if let slash = plain.firstIndex(of: "/") {
            if case .cometNumber? = Designation(readable: String(plain[..<slash])) {
                // "73P/Schwassmann-Wachmann 3-C" is no 73P.
                let isFragment = designations.contains { !$0.fragment.isEmpty }
                if !isFragment { add(String(plain[..<slash])) }
                let name = String(plain[plain.index(after: slash)...])
                add(isFragment ? name.withoutFragment.name : name)
            }
        }
        self.designations = designations
        self.spellings = spellings
    }

    /// Whether it is a part of a comet that broke.
    private var isFragment: Bool { designations.contains { !$0.fragment.isEmpty } }

    /// Nil where there is nothing in common.
    ///
    /// A designation means the object that has it. A comet's means the whole comet, never a fragment, and a name alone
    /// means no fragment either: fragments are parted from their comet by minutes of arc to degrees.
    func answer(to wanted: Wanted) -> Answer? {
        guard !wanted.key.isEmpty else { return nil }
        guard wanted.designation.isName else {
            if designations.contains(wanted.designation) { return .exact }
            let isOfTheComet =
                wanted.designation.fragment.isEmpty
                && designations.contains { !$0.fragment.isEmpty && $0.withoutFragment == wanted.designation }
            return isOfTheComet ? .near : nil
        }
        if designations.contains(where: { $0.key == wanted.key }) { return .same }
        if spellings.contains(wanted.text) { return isFragment ? .near : .exact }
        let keys = spellings.map { Designation.key($0) }
        if keys.contains(wanted.key) { return isFragment ? .near : .same }
        return keys.contains { $0.hasPrefix(wanted.key) } ? .near : nil
    }

    /// What to tell where the number or designation fits but the name beside it is another one, as in "433 Ceres".
    func contradiction(to wanted: Wanted) -> String? {
        guard !wanted.designation.isName else { return nil }
        let known = spellings.filter { Designation(parsing: $0)?.isName ?? false }.map { Designation.key($0) }
        let typed = ObjectName(wanted.text).spellings.dropFirst()
            .filter { Designation(parsing: $0)?.isName ?? false }
        guard !known.isEmpty, !typed.isEmpty else { return nil }
        // A part of the name is enough: "Ikeya" for "Ikeya-Murakami".
        let isKnown = typed.contains { part in
            let key = Designation.key(part)
            return known.contains { $0.hasPrefix(key) || key.hasPrefix($0) }
        }
        return isKnown ? nil : "'\(wanted.text)' was taken as \(wanted.designation): that is \(spellings[0])"
    }

    fileprivate static func joined(_ text: String) -> String {
        text.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    }
}

extension ObjectName {
    /// The objects of a source that answer best: the exact ones, or else those spelled in another way.
    static func best<Object>(_ found: [(object: Object, answer: Answer)]) -> [Object] {
        let best = found.map(\.answer).filter { $0 > .near }.max()
        return found.filter { $0.answer == best }.map(\.object)
    }

    /// What stands in a source instead of an object that it does not have; empty where there is nothing near.
    static func hint(_ near: [String]) -> String {
        guard !near.isEmpty else { return "" }
        let more = near.count > 10 ? " and \(near.count - 10) more" : ""
        return "; it has \(near.prefix(10).joined(separator: "; "))\(more): name what you want in full"
    }
}

extension OrbitalElements {
    private var objectName: ObjectName { ObjectName(name, designation: designation) }

    /// How well this object answers to what was typed; nil where it is another one.
    func answer(to wanted: ObjectName.Wanted) -> ObjectName.Answer? { objectName.answer(to: wanted) }

    /// Whether a name means this object.
    func fits(_ typed: String) -> Bool {
        guard let wanted = ObjectName.Wanted(typed), let answer = answer(to: wanted) else { return false }
        return answer > .near
    }

    /// The same with a warning where the name beside the designation is that of another object.
    func named(by wanted: ObjectName.Wanted) -> OrbitalElements {
        guard let contradiction = objectName.contradiction(to: wanted) else { return self }
        var copy = self
        copy.warnings.append(contradiction)
        return copy
    }

    /// What tells this object from others of a catalogue.
    public var identity: String { designation?.description ?? name }

    /// The one object among those found. The same object may stand twice (merged files): the newest epoch counts.
    ///
    /// Throws `.notFound` with `near` as a hint, `.ambiguous` with the names of those that fit.
    static func only(
        _ found: [OrbitalElements], near: [String], wanted: ObjectName.Wanted, source: String
    ) throws(SkyError) -> OrbitalElements {
        let operation = "find the object"
        guard let newest = found.max(by: { $0.epochMJD < $1.epochMJD }) else {
            throw SkyError(
                .notFound, operation: operation, subject: wanted.text,
                detail: "\(source) does not have it" + ObjectName.hint(near))
        }
        guard Set(found.map(\.identity)).count == 1 else {
            throw SkyError(
                .ambiguous, operation: operation, subject: wanted.text,
                detail: "several objects fit: " + found.prefix(20).map(\.fullName).joined(separator: "; ")
                    + ": give a number or designation")
        }
        return newest.named(by: wanted)
    }

    /// The readable name with the designation where the name does not hold it.
    private var fullName: String {
        guard let designation, !objectName.spellings.contains(where: { Designation(parsing: $0) == designation }) else {
            return name
        }
        return "\(name) (\(designation))"
    }
}
