internal import Files

/// The cards of one HDU, in the order of the file, END not among them.
///
/// Look-ups take the first of several cards with the same keyword and do not mind upper or lower case.
public struct Header: Sendable, Equatable {
    public var cards: [Card]

    public init(cards: [Card] = []) {
        self.cards = cards
    }

    /// The cards in `records`, 80 bytes each, up to END or the end. A last piece of fewer bytes is left out.
    public init(records: [UInt8]) {
        var assembly = CardAssembly()
        var start = 0
        while start + Card.recordBytes <= records.count {
            let record = records[start..<start + Card.recordBytes]
            if Self.isEnd(record) { break }
            assembly.append(record)
            start += Card.recordBytes
        }
        assembly.finish()
        cards = assembly.cards
    }

    public subscript(keyword: String) -> Card? {
        let name = keyword.uppercased()
        return cards.first { $0.keyword == name }
    }

    /// The value of a string card; nil for other kinds, and for blank text: an empty card is a missing one.
    public func string(_ keyword: String) -> String? {
        guard let card = self[keyword], case .string(let text) = card.value, !card.isEmpty else { return nil }
        return text
    }

    /// The value as text, whatever its kind; nil when it is undefined or absent.
    public func text(_ keyword: String) -> String? {
        self[keyword]?.text
    }

    /// The value of an integer card; nil for other kinds, quoted numbers included.
    public func integer(_ keyword: String) -> Int64? {
        if case .integer(let value)? = self[keyword]?.value { return value }
        return nil
    }

    /// The value as a number: integers, reals, D exponents, and numbers in quotes (see `isQuotedNumber`).
    public func double(_ keyword: String) -> Double? {
        self[keyword]?.number
    }

    public func bool(_ keyword: String) -> Bool? {
        if case .logical(let value)? = self[keyword]?.value { return value }
        return nil
    }

    /// Whether the card holds a number that somebody put into quotes.
    public func isQuotedNumber(_ keyword: String) -> Bool {
        self[keyword]?.isQuotedNumber ?? false
    }

    /// Gives `keyword` a value: in place of the first card of that name, else at the end. An empty comment keeps the old.
    public mutating func set(_ keyword: String, _ value: CardValue, comment: String = "") {
        let name = keyword.uppercased()
        if let index = cards.firstIndex(where: { $0.keyword == name }) {
            cards[index] = Card(name, value, comment: comment.isEmpty ? cards[index].comment : comment)
        } else {
            cards.append(Card(keyword, value, comment: comment))
        }
    }

    public mutating func remove(where isUnwanted: (Card) -> Bool) {
        cards.removeAll(where: isUnwanted)
    }

    /// The header as it stands in a file: cards and END, padded with blanks to a multiple of 2880 bytes.
    public func bytes() -> [UInt8] {
        var result: [UInt8] = []
        for card in cards { result += card.records }
        result += Array("END".utf8)
        let rest = result.count % Self.blockBytes
        if rest > 0 { result += [UInt8](repeating: 0x20, count: Self.blockBytes - rest) }
        return result
    }

    /// A hash of the cards' bytes (FNV-1a, 64 bits): the same on every machine.
    public var checksum: UInt64 {
        var hash = FNV1a()
        for card in cards { for byte in card.records { hash.add(byte) } }
        return hash.value
    }

    static let blockBytes = 2880

    static func isEnd(_ record: ArraySlice<UInt8>) -> Bool {
        record.prefix(8).elementsEqual("END     ".utf8)
    }
}
