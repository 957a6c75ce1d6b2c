internal import Files

extension Card {
    /// A card to be written: fixed format, 0x20...0x7E only (other bytes become `\xNN`), the shortest number that reads
    /// back the same. Keywords over 8 letters or with other signs than A-Z 0-9 - _ are written as HIERARCH; strings that
    /// do not fit are carried on by CONTINUE. A comment that does not fit is cut; NaN and infinity are written as
    /// undefined, since FITS has no text for them.
    public init(_ keyword: String, _ value: CardValue, comment: String = "") {
        self.init(keyword, value, comment: comment, asHierarch: false)
    }

    private init(_ keyword: String, _ value: CardValue, comment: String, asHierarch: Bool) {
        let name = Self.writable(keyword)
        let remark = PrintableText.shown(comment)
        if case .none = value {
            let field = String(name.prefix(8))
            self.init(
                keyword: field, value: .none, comment: comment, isHierarch: false,
                records: Self.record(Self.padded(field, to: 8) + remark))
            return
        }
        let isHierarch =
            asHierarch || name.utf8.count > 8 || !name.utf8.allSatisfy(Self.isStandard) || Self.valueless.contains(name)
        let start = isHierarch ? "HIERARCH \(name) = " : Self.padded(name, to: 8) + "= "
        var kept = value
        let records: [UInt8]
        switch value {
        case .string(let string):
            let text = PrintableText.shown(string)
            kept = .string(Self.withoutTrailingBlanks(string))
            records = Self.stringRecords(start, Self.withoutTrailingBlanks(text), remark, isFixed: !isHierarch)
        case .real(let number, _) where !number.isFinite:
            kept = .undefined
            records = Self.valueRecord(start, "", remark, isFixed: !isHierarch)
        case .real(let number, let text):
            let written = text.isEmpty || NumberText.read(text)?.double != number ? NumberText.written(number) : text
            kept = .real(number, text: written)
            records = Self.valueRecord(start, written, remark, isFixed: !isHierarch)
        case .integer(let number):
            records = Self.valueRecord(start, String(number), remark, isFixed: !isHierarch)
        case .logical(let flag):
            records = Self.valueRecord(start, flag ? "T" : "F", remark, isFixed: !isHierarch)
        case .complex(let text):
            records = Self.valueRecord(start, PrintableText.shown(text), "", isFixed: !isHierarch)
        case .unreadable(let text):
            // What is unreadable cannot be written as it stands: as a string it can.
            kept = .string(text)
            records = Self.stringRecords(start, PrintableText.shown(text), remark, isFixed: !isHierarch)
        case .undefined, .none:
            records = Self.valueRecord(start, "", remark, isFixed: !isHierarch)
        }
        self.init(keyword: name, value: kept, comment: comment, isHierarch: isHierarch, records: records)
    }

    /// HISTORY cards that hold `text`, broken at blanks where it can be, 72 bytes a card; a line feed begins a new one.
    public static func history(_ text: String) -> [Card] { commentary("HISTORY", text) }

    /// COMMENT, HISTORY or blank-keyword cards that hold `text`, as `history` does.
    public static func commentary(_ keyword: String, _ text: String) -> [Card] {
        var cards: [Card] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var rest = Array(PrintableText.shown(String(line)).utf8)[...]
            repeat {
                var piece = rest.prefix(72)
                if piece.count < rest.count, let blank = piece.lastIndex(of: 0x20), blank > piece.startIndex {
                    piece = rest[piece.startIndex...blank]
                }
                rest = rest[piece.endIndex...]
                let trimmed = withoutTrailingBlanks(String(decoding: piece, as: UTF8.self))
                cards.append(Card(keyword, .none, comment: trimmed))
            } while !rest.isEmpty
        }
        return cards
    }

    /// The card in a form that every strict reader takes: itself where its bytes are fine, else made anew from what was
    /// read. For cards that are copied from an input into a product.
    public var conforming: Card {
        if isConforming { return self }
        if value == .none {
            // COMMENT and HISTORY stay; any other keyword without a value is text.
            if ["COMMENT", "HISTORY", ""].contains(keyword) { return Card(keyword, .none, comment: comment) }
            return Card("COMMENT", .none, comment: keyword == "CONTINUE" ? comment : keyword + " " + comment)
        }
        // A CONTINUE that continues nothing is text too.
        if keyword == "CONTINUE", !isHierarch { return Card("COMMENT", .none, comment: text ?? "") }
        return Card(keyword, value, comment: comment, asHierarch: isHierarch)
    }

    private var isConforming: Bool {
        guard records.allSatisfy(PrintableText.isPrintable), !records.isEmpty, records.count % Self.recordBytes == 0
        else { return false }
        let field = Array(records[..<8])
        guard let name = String(validating: field, as: UTF8.self), name == name.uppercased() else { return false }
        switch value {
        case .none:
            // Without a value only the commentary keywords are above doubt.
            return ["COMMENT ", "HISTORY ", "        "].contains(name)
        case .unreadable:
            return false
        case .string, .integer, .real, .logical, .complex, .undefined:
            if isHierarch { return Card(keyword, value, comment: comment, asHierarch: true).records == records }
            guard NumberText.trimmed(field[...]).allSatisfy(Self.isStandard), field[0] != 0x20, records[8] == 0x3D,
                records[9] == 0x20
            else { return false }
            if case .real(_, let text) = value { return !text.utf8.contains { "de".utf8.contains($0) } }
            return true
        }
    }

    /// One record with a value that is not a string.
    private static func valueRecord(_ start: String, _ value: String, _ comment: String, isFixed: Bool) -> [UInt8] {
        let blanks = isFixed ? String(repeating: " ", count: max(0, 20 - value.utf8.count)) : ""
        return record(Array((start + blanks + value).utf8), comment: comment)
    }

    /// One or more records with a string. `text` is printable and has no trailing blanks.
    private static func stringRecords(_ start: String, _ text: String, _ comment: String, isFixed: Bool) -> [UInt8] {
        // The quotes are doubled piece by piece, so that no pair is torn apart.
        var units: [[UInt8]] = text.utf8.map { $0 == UInt8(ascii: "'") ? [$0, $0] : [$0] }
        var lead = Array(start.utf8)
        var result: [UInt8] = []
        while true {
            let room = recordBytes - lead.count - 2
            let needed = units.reduce(0) { $0 + $1.count }
            if needed <= room {
                var body = units.flatMap { $0 }
                // The classic minimum of eight characters between the quotes.
                if result.isEmpty, isFixed { body += [UInt8](repeating: 0x20, count: max(0, 8 - body.count)) }
                var line = lead + [0x27] + body + [0x27]
                if isFixed, result.isEmpty, !comment.isEmpty {
                    line += [UInt8](repeating: 0x20, count: max(0, 30 - line.count))
                }
                return result + record(line, comment: comment)
            }
            var taken = 0
            var body: [UInt8] = []
            while taken < units.count, body.count + units[taken].count <= room - 1 {
                body += units[taken]
                taken += 1
            }
            units.removeFirst(taken)
            result += record(lead + [0x27] + body + [UInt8(ascii: "&"), 0x27])
            lead = Array("CONTINUE  ".utf8)
        }
    }

    private static func record(_ text: String) -> [UInt8] { record(Array(text.utf8)) }

    private static func record(_ line: [UInt8], comment: String) -> [UInt8] {
        // A slash without a letter behind it would say nothing.
        if comment.isEmpty || line.count + 3 >= recordBytes { return record(line) }
        return record(line + Array(" / ".utf8) + Array(comment.utf8))
    }

    private static func record(_ bytes: [UInt8]) -> [UInt8] {
        bytes.prefix(recordBytes) + [UInt8](repeating: 0x20, count: max(0, recordBytes - bytes.count))
    }

    /// A keyword that can be written: upper case, printable, without "=", at most 44 letters so that a value fits behind.
    private static func writable(_ keyword: String) -> String {
        let bytes = keyword.uppercased().utf8.map { byte -> UInt8 in
            PrintableText.isPrintable(byte) && byte != UInt8(ascii: "=") ? byte : UInt8(ascii: "_")
        }
        let name = NumberText.trimmed(NumberText.trimmed(bytes[...]).prefix(44))
        return String(decoding: name, as: UTF8.self)
    }

    /// Names that mean something else when they stand in the keyword field.
    private static let valueless: Set<String> = ["COMMENT", "HISTORY", "CONTINUE", "END", "HIERARCH", ""]

    private static func isStandard(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    private static func padded(_ text: String, to count: Int) -> String {
        text + String(repeating: " ", count: max(0, count - text.utf8.count))
    }

    private static func withoutTrailingBlanks(_ text: String) -> String {
        var rest = text[...]
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
