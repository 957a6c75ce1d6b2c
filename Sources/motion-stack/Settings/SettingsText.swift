internal import MotionStack

/// A value in a settings file, with the line it stands in.
struct SettingsValue {
    enum Content: Equatable {
        case text(String)
        case integer(Int64)
        case real(Double)
        case flag(Bool)
        case list([Content])
    }
    var content: Content
    var line: Int
}

/// One table of a settings file: `[name]` or `[name.part]`, or an element of `[[name]]`.
struct SettingsTable {
    var name: String
    var isElement: Bool
    var line: Int
    var values: [(key: String, value: SettingsValue)] = []
}

/// Reads the part of TOML 1.0 that settings need: comments, `[tables]`, `[[arrays of tables]]`, bare and quoted keys, strings in one line,
/// decimal integers and reals, booleans, arrays in one line. Whatever else stands in the file is an error with file and line.
struct SettingsText {
    private(set) var tables: [SettingsTable] = []
    private let path: String
    private var line = 0
    private var rest: Substring.UnicodeScalarView = "".unicodeScalars[...]

    /// Throws `.configuration`: "PATH:LINE: what is wrong".
    init(_ text: String, path: String) throws(MotionStackError) {
        self.path = path
        for (index, content) in text.unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            line = index + 1
            rest = content
            if rest.last == "\r" { rest.removeLast() }
            if index == 0, rest.first == "\u{FEFF}" { rest.removeFirst() }
            try readLine()
        }
    }

    static func error(_ path: String, _ line: Int, _ what: String) -> MotionStackError {
        MotionStackError(.configuration, "\(path):\(line): \(what)")
    }

    private func error(_ what: String) -> MotionStackError { Self.error(path, line, what) }

    private mutating func readLine() throws(MotionStackError) {
        skipBlanks()
        guard let first = rest.first, first != "#" else { return }
        if first == "[" {
            try readTableName()
        } else {
            try readPair()
        }
        skipBlanks()
        if let next = rest.first, next != "#" { throw error("unexpected text: \(String(Substring(rest)))") }
    }

    private mutating func readTableName() throws(MotionStackError) {
        rest.removeFirst()
        let isElement = rest.first == "["
        if isElement { rest.removeFirst() }
        skipBlanks()
        var name = try readPart()
        while rest.first == "." {
            rest.removeFirst()
            name += "." + (try readPart())
        }
        skipBlanks()
        for _ in 0..<(isElement ? 2 : 1) {
            guard rest.first == "]" else { throw error("a table's name ends with \(isElement ? "]]" : "]")") }
            rest.removeFirst()
        }
        if let other = tables.first(where: { $0.name == name }), !(isElement && other.isElement) {
            throw error("[\(name)] is in line \(other.line) already")
        }
        tables.append(SettingsTable(name: name, isElement: isElement, line: line))
    }

    private mutating func readPair() throws(MotionStackError) {
        let key = try readKey()
        skipBlanks()
        guard rest.first == "=" else { throw error("expected: \(key) = VALUE") }
        rest.removeFirst()
        skipBlanks()
        let value = SettingsValue(content: try readValue(), line: line)
        guard let last = tables.indices.last else { throw error("\(key): before the first [table]") }
        if let other = tables[last].values.first(where: { $0.key == key }) {
            throw error("\(key) is in line \(other.value.line) already")
        }
        tables[last].values.append((key, value))
    }

    private mutating func readKey() throws(MotionStackError) -> String {
        let key = try readPart()
        if rest.first == "." { throw error("dotted keys are not supported: use a [table]") }
        return key
    }

    /// A key without dots, or what stands between the dots of a table's name.
    private mutating func readPart() throws(MotionStackError) -> String {
        if rest.first == "\"" || rest.first == "'" { return try readString() }
        let key = rest.prefix {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
        }
        guard !key.isEmpty else { throw error("expected a key") }
        rest.removeFirst(key.count)
        return String(Substring(key))
    }

    private mutating func readValue() throws(MotionStackError) -> SettingsValue.Content {
        switch rest.first {
        case nil, "#"?: throw error("a value is missing")
        case "\""?, "'"?: return .text(try readString())
        case "["?: return try readList()
        default:
            let word = String(Substring(rest.prefix { $0 != " " && $0 != "\t" && $0 != "," && $0 != "]" && $0 != "#" }))
            rest.removeFirst(word.unicodeScalars.count)
            return try read(word: word)
        }
    }

    private func read(word: String) throws(MotionStackError) -> SettingsValue.Content {
        if word == "true" || word == "false" { return .flag(word == "true") }
        let digits = word.filter { $0 != "_" }
        let isNumber =
            digits.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            && digits.utf8.contains { (48...57).contains($0) }
        if isNumber, !word.hasPrefix("_"), !word.hasSuffix("_") {
            if let value = Int64(digits) { return .integer(value) }
            if let value = Double(digits), value.isFinite { return .real(value) }
        }
        throw error("\(word): expected a \"text\", a number, true or false")
    }

    private mutating func readList() throws(MotionStackError) -> SettingsValue.Content {
        rest.removeFirst()
        var values: [SettingsValue.Content] = []
        while true {
            skipBlanks()
            if rest.first == "]" { break }
            guard values.count < 1000 else { throw error("an array of more than 1000 values") }
            guard rest.first != "[" else { throw error("arrays in arrays are not supported") }
            values.append(try readValue())
            skipBlanks()
            if rest.first == "," {
                rest.removeFirst()
            } else if rest.first != "]" {
                throw error("an array ends with ] in the same line")
            }
        }
        rest.removeFirst()
        return .list(values)
    }

    private mutating func readString() throws(MotionStackError) -> String {
        let quote = rest.removeFirst()
        if rest.starts(with: [quote, quote]) { throw error("strings over several lines are not supported") }
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote { return String(text) }
            if scalar == "\\", quote == "\"" {
                text.append(try readEscape())
            } else if scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F {
                throw error("a control character in a string")
            } else {
                text.append(scalar)
            }
        }
        throw error("a string without its closing \(quote)")
    }

    private mutating func readEscape() throws(MotionStackError) -> Unicode.Scalar {
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "\"": "\"", "\\": "\\", "n": "\n", "t": "\t", "r": "\r", "b": "\u{8}", "f": "\u{C}", "e": "\u{1B}",
        ]
        guard let kind = rest.popFirst() else { throw error("a string ends with a backslash") }
        if let scalar = plain[kind] { return scalar }
        guard kind == "u" || kind == "U" else {
            throw error("\\\(kind) is not known in a string ('...' takes it as it is)")
        }
        let digits = String(Substring(rest.prefix(kind == "u" ? 4 : 8)))
        guard digits.utf8.count == (kind == "u" ? 4 : 8), let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw error("\\\(kind) needs \(kind == "u" ? 4 : 8) hexadecimal digits of a character") }
        rest.removeFirst(digits.unicodeScalars.count)
        return scalar
    }

    private mutating func skipBlanks() {
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
    }
}
