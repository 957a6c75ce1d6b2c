internal import Files

// Records into cards: lenient in form, strict in meaning. Nothing here fails; what cannot be read says so in its value.

/// What one 80-byte record says, before CONTINUE records are joined to it.
struct RecordReading {
    var keyword: String
    var value: CardValue
    var comment: String
    var isHierarch = false

    init(_ record: ArraySlice<UInt8>) {
        let field = record.prefix(8)
        let rest = record.dropFirst(8)
        let name = Self.text(NumberText.trimmed(field)).uppercased()
        if name == "HIERARCH", let equals = rest.firstIndex(of: UInt8(ascii: "=")),
            case let long = NumberText.trimmed(rest[..<equals]), !long.isEmpty
        {
            keyword = Self.text(long).uppercased()
            isHierarch = true
            (value, comment) = Self.valueAndComment(rest[(equals + 1)...])
        } else if name == "CONTINUE" {
            keyword = name
            let (string, remark) = Self.valueAndComment(rest)
            if case .string = string {
                (value, comment) = (string, remark)
            } else {
                (value, comment) = (.none, Self.text(Self.trimmedRight(rest)))
            }
        } else if !Self.isCommentary(name), rest.first == UInt8(ascii: "=") {
            keyword = name
            (value, comment) = Self.valueAndComment(rest.dropFirst())
        } else if !Self.isCommentary(name), let equals = field.firstIndex(of: UInt8(ascii: "=")),
            equals > field.startIndex, field[..<equals].allSatisfy({ $0 > 0x20 })
        {
            // "GAIN=1.5": the sign stands where the keyword field should still go on.
            keyword = Self.text(field[..<equals]).uppercased()
            (value, comment) = Self.valueAndComment(record[(equals + 1)...])
        } else {
            keyword = name
            (value, comment) = (.none, Self.text(Self.trimmedRight(rest)))
        }
    }

    private static func isCommentary(_ name: String) -> Bool {
        name.isEmpty || name == "COMMENT" || name == "HISTORY"
    }

    /// A value field from behind the "=", free format allowed.
    private static func valueAndComment(_ field: ArraySlice<UInt8>) -> (CardValue, String) {
        let body = field.drop { NumberText.isBlank($0) }
        guard let first = body.first else { return (.undefined, "") }
        switch first {
        case UInt8(ascii: "/"):
            return (.undefined, remark(body))
        case UInt8(ascii: "'"):
            return quoted(body)
        case UInt8(ascii: "("):
            guard let end = body.firstIndex(of: UInt8(ascii: ")")), isComplex(body[(body.startIndex + 1)..<end]) else {
                break
            }
            return (.complex(text(body[...end])), remark(body[(end + 1)...]))
        default:
            break
        }
        let word = body.prefix { !NumberText.isBlank($0) }
        if isSlashedDate(word) { return (.unreadable(text(word)), remark(body[word.endIndex...])) }
        let slash = body.firstIndex(of: UInt8(ascii: "/")) ?? body.endIndex
        return (bare(NumberText.trimmed(body[..<slash])), remark(body[slash...]))
    }

    /// A value that is not in quotes.
    private static func bare(_ field: ArraySlice<UInt8>) -> CardValue {
        if field.count == 1 {
            if field.first == UInt8(ascii: "T") { return .logical(true) }
            if field.first == UInt8(ascii: "F") { return .logical(false) }
        }
        switch NumberText.read(field) {
        case .integer(let value): return .integer(value)
        case .real(let value): return .real(value, text: text(field))
        case nil: return .unreadable(text(field))
        }
    }

    private static func quoted(_ body: ArraySlice<UInt8>) -> (CardValue, String) {
        var content: [UInt8] = []
        var index = body.startIndex + 1
        while index < body.endIndex {
            let byte = body[index]
            index += 1
            if byte == UInt8(ascii: "'") {
                guard index < body.endIndex, body[index] == byte else {
                    return (.string(text(trimmedRight(content[...]))), remark(body[index...]))
                }
                index += 1
            }
            content.append(byte)
        }
        return (.unreadable(text(trimmedRight(body))), "")
    }

    private static func remark(_ rest: ArraySlice<UInt8>) -> String {
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return "" }
        return text(NumberText.trimmed(rest[(slash + 1)...]))
    }

    private static func isComplex(_ inside: ArraySlice<UInt8>) -> Bool {
        let parts = inside.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { NumberText.read($0) != nil }
    }

    /// "12/05/99" without quotes: not the number 12 with a comment.
    private static func isSlashedDate(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count <= 10, word.contains(UInt8(ascii: "/")) else { return false }
        let parts = word.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count == 3
            && parts.allSatisfy { part in
                (1...4).contains(part.count)
                    && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }

    private static func trimmedRight(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = field.endIndex
        while end > field.startIndex, field[end - 1] == 0x20 { end -= 1 }
        return field[..<end]
    }

    private static func isASCII(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { pointer in
            var index = 0
            while index < pointer.count {
                if pointer[index] >= 0x80 { return false }
                index += 1
            }
            return true
        }
    }

    /// Header bytes as text: UTF-8 where they are that, else Latin-1, which takes any byte.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        // Nearly all text is ASCII, and this is where the time goes when thousands of headers are read.
        if isASCII(bytes) { return String(decoding: bytes, as: UTF8.self) }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// Takes records one by one and makes cards of them, joining CONTINUE records to the string that they continue.
struct CardAssembly {
    private(set) var cards: [Card] = []
    private var pending: RecordReading?
    private var records: [UInt8] = []
    private var string = ""

    mutating func append(_ record: ArraySlice<UInt8>) {
        let reading = RecordReading(record)
        if pending != nil, string.hasSuffix("&"), reading.keyword == "CONTINUE", case .string(let more) = reading.value
        {
            string.removeLast()
            string += more
            records += record
            if !reading.comment.isEmpty {
                let before = pending?.comment ?? ""
                pending?.comment = before.isEmpty ? reading.comment : before + " " + reading.comment
            }
            return
        }
        finish()
        if case .string(let text) = reading.value, text.hasSuffix("&"), reading.keyword != "CONTINUE" {
            (pending, string, records) = (reading, text, Array(record))
        } else {
            cards.append(
                Card(
                    keyword: reading.keyword, value: reading.value, comment: reading.comment,
                    isHierarch: reading.isHierarch, records: Array(record)))
        }
    }

    mutating func finish() {
        guard let reading = pending else { return }
        cards.append(
            Card(
                keyword: reading.keyword, value: .string(string), comment: reading.comment,
                isHierarch: reading.isHierarch, records: records))
        pending = nil
    }
}
