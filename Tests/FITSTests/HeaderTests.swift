import Files
import FITS
import Testing

@Suite struct HeaderTests {
    @Test(arguments: [
        ("KEY     = 12", CardValue.integer(12)),
        ("KEY     =                  -12 / x", .integer(-12)),
        ("KEY     = 1.5D3", .real(1500, text: "1.5D3")),
        ("KEY     = -.5d-1", .real(-0.05, text: "-.5d-1")),
        ("KEY     = 1.", .real(1, text: "1.")),
        ("KEY     = 9223372036854775808", .real(0x1p63, text: "9223372036854775808")),
        ("KEY     = 1E999", .unreadable("1E999")),
        ("KEY     = NaN", .unreadable("NaN")),
        ("KEY     = 0x10", .unreadable("0x10")),
        ("KEY     = T / yes", .logical(true)),
        ("KEY     = F", .logical(false)),
        ("KEY     = TRUE", .unreadable("TRUE")),
        ("KEY     = 'a''b / c  ' / d", .string("a'b / c")),
        ("KEY     = ''", .string("")),
        ("KEY     = '  lead'", .string("  lead")),
        ("KEY     = 'open", .unreadable("'open")),
        ("KEY     = (1.0, 2.0) / z", .complex("(1.0, 2.0)")),
        ("KEY     =", .undefined),
        ("KEY     =   / only a comment", .undefined),
        ("KEY     = 2020-01-02T03:04:05 / when", .unreadable("2020-01-02T03:04:05")),
        ("KEY     = 12/05/99", .unreadable("12/05/99")),
        ("KEY     = 30/seconds", .integer(30)),
        ("KEY", .none),
        ("COMMENT = 12", .none),
        ("HIERARCH no equals sign", .none),
        ("HIERARCH ESO A B = 3", .integer(3)),
    ])
    func readsValues(_ text: String, _ value: CardValue) {
        let card = header(of: [text]).cards.first
        #expect(card?.value == value)
    }

    @Test func numbersInQuotes() {
        let read = header(of: [
            "A       = ' 1.5D1 '", "B       = '12h'", "C       = '-7'", "D       = 3", "E       = 'T'",
        ])
        #expect(read.double("A") == 15 && read.isQuotedNumber("A"))
        #expect(read.double("B") == nil && !read.isQuotedNumber("B"))
        #expect(read.double("C") == -7 && read.integer("C") == nil && read.text("C") == "-7")
        #expect(read.double("D") == 3 && !read.isQuotedNumber("D"))
        #expect(read.bool("E") == nil && read.string("D") == nil && read.text("D") == "3")
        #expect(read.double("missing") == nil && read["missing"] == nil)
    }

    @Test func continuation() {
        let read = header(of: [
            "A       = 'one &' / first", "CONTINUE  'two &'", "CONTINUE  '&' / second", "CONTINUE  'three'",
            "B       = 'ends with &'", "C       = 5", "CONTINUE  'orphan &'", "CONTINUE  'another'",
            "HIERARCH LONG NAME = 'x&'", "CONTINUE  'y'",
        ])
        #expect(read.string("A") == "one two three" && read["A"]?.comment == "first second")
        #expect(read.string("B") == "ends with &")
        #expect(read.cards.map(\.keyword) == ["A", "B", "C", "CONTINUE", "CONTINUE", "LONG NAME"])
        #expect(read.string("LONG NAME") == "xy")
    }

    /// What is read is emitted byte for byte.
    @Test func emitsFaithfully() {
        let odd = fitsBytes([
            "SIMPLE  =                    T", "odd key = 'x' junk", "A='&'", "CONTINUE  'more'", "", "COMMENT  text",
            "HISTORY \u{1}\u{2}", "HIERARCH x y = 1d5", "CONTINUE", "GAIN=1.5",
        ])
        #expect(Header(records: odd).bytes() == odd)
        let empty = Header().bytes()
        #expect(empty.count == 2880 && empty.starts(with: "END ".utf8))
        let full = Header(cards: [Card](repeating: Card("A", .integer(1)), count: 36))
        #expect(full.bytes().count == 5760)
    }

    @Test func setsAndRemoves() {
        var edited = Header()
        edited.set("object", .string("M31"), comment: "target")
        edited.set("EXPTIME", .real(30))
        edited.set("OBJECT", .string("M33"))
        #expect(edited.cards.map(\.keyword) == ["OBJECT", "EXPTIME"])
        #expect(edited.string("OBJECT") == "M33" && edited["OBJECT"]?.comment == "target")
        let before = edited.checksum
        edited.remove { $0.keyword == "OBJECT" }
        #expect(edited.cards.count == 1 && edited.checksum != before)
    }

    @Test func checksumIsFNV1a() {
        #expect(Header().checksum == 0xCBF2_9CE4_8422_2325)
        // Computed by hand for 80 blanks.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for _ in 0..<80 { hash = (hash ^ 0x20) &* 0x100_0000_01B3 }
        #expect(Header(cards: [Card("", .none)]).checksum == hash)
    }

    @Test(arguments: [
        0.0, -0.0, 1, 30, 0.1, 1e-5, 1e16, 1e22, 123456789.125, -2.5e-300, 5e-324, Double.greatestFiniteMagnitude, .pi,
    ])
    func doublesReadBack(_ value: Double) {
        for keyword in ["KEY", "LONG_KEYWORD_WITH_A_NAME"] {
            let card = Card(keyword, .real(value), comment: "c")
            let back = Header(records: card.records).double(keyword)
            #expect(back?.bitPattern == value.bitPattern && card.records.count == 80)
            #expect(card.text?.contains { ".E".contains($0) } == true)
        }
    }

    @Test func writesFixedFormat() {
        func line(_ card: Card) -> String { String(decoding: card.records, as: UTF8.self) }
        #expect(line(Card("A", .integer(5), comment: "c")).hasPrefix("A       =                    5 / c   "))
        #expect(line(Card("A", .logical(true))).hasPrefix("A       =                    T     "))
        #expect(line(Card("A", .string("x"), comment: "c")).hasPrefix("A       = 'x       '           / c  "))
        #expect(line(Card("MOTION_TRACKED", .logical(true))).hasPrefix("HIERARCH MOTION_TRACKED = T   "))
        #expect(line(Card("A", .real(.nan))).hasPrefix("A       =                          "))
        #expect(Card("A", .real(.infinity)).value == .undefined)
        #expect(line(Card("A", .string("é\n"))).hasPrefix("A       = '\\xC3\\xA9\\x0A'"))
        #expect(Card("A", .integer(1), comment: String(repeating: "x", count: 200)).records.count == 80)
        #expect(line(Card("HISTORY", .none, comment: "text")).hasPrefix("HISTORY text   "))
    }

    /// Strings of all lengths, with quotes in all places, come back whole.
    @Test func longStringsReadBack() {
        for keyword in ["KEY", "A_RATHER_LONG_KEYWORD", "ESO DET CHIP1 ID"] {
            for count in 0..<220 {
                for quotes in [0, 1, 3] {
                    let text = String((0..<count).map { quotes > 0 && $0 % quotes == 0 ? "'" : "abcd &"[$0 % 6] })
                    let card = Card(keyword, .string(text + "."), comment: "the comment")
                    let read = Header(records: card.records)
                    #expect(
                        read.cards.count == 1 && read.string(keyword) == text + ".", "\(keyword) \(count) \(quotes)")
                }
            }
        }
    }

    @Test func historyIsBroken() {
        let text = String(repeating: "word ", count: 40) + String(repeating: "x", count: 150) + "\nnew line"
        let cards = Card.history(text)
        #expect(cards.allSatisfy { $0.keyword == "HISTORY" && $0.records.count == 80 && $0.comment.utf8.count <= 72 })
        #expect(cards.last?.comment == "new line")
        #expect(cards.map(\.comment).joined().filter { $0 == "x" }.count == 150)
        #expect(Card.history("").count == 1)
    }

    @Test func conformingCards() {
        let odd = header(of: [
            "GAIN=1.5", "lower   = 3", "A       = 1.5d0", "B       = 5,5", "C       = 'caf\u{e9}'", "D       = 12",
            "CONTINUE  'orphan'", "JUNK without sign", "HIERARCH ESO X   = 1", "E       = 'fine' / yes",
        ])
        let good = odd.cards.map(\.conforming)
        for card in good { #expect(card.records.allSatisfy { (0x20...0x7E).contains($0) }) }
        #expect(good[0].value == .real(1.5, text: "1.5") && good[2].number == 1.5)
        #expect(good[3].value == .string("5,5"))
        #expect(good[5].records == odd.cards[5].records && good[9].records == odd.cards[9].records)
        #expect(good.map { Header(records: $0.records).cards.first?.conforming.records } == good.map(\.records))
    }

    @Test(arguments: ["plain", "C:\\data\\x.fits", "caf\u{e9}/\u{1F52D}", "a\\xC3b", "\\", "\\x", "tab\there", ""])
    func printableTextIsUndone(_ text: String) {
        let escaped = PrintableText.escaped(text)
        #expect(escaped.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(PrintableText.unescaped(escaped) == text)
    }
}

extension String {
    fileprivate subscript(_ index: Int) -> Character { self[self.index(startIndex, offsetBy: index)] }
}
