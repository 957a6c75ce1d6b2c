/// The comment of a card as words, numbers and signs.
struct CommentWords {
    struct Token: Hashable {
        var text: String
        var lower: String
        var isWord: Bool
        var isNumber: Bool
        /// A blank, or nothing, stands before it.
        var isSpaced: Bool
    }

    let tokens: [Token]

    init(_ comment: String) {
        var list: [Token] = []
        var isSpaced = true
        func kind(_ character: Character) -> Int {
            character.isASCII && character.isNumber ? 1 : character.isLetter || character == "µ" ? 2 : 0
        }
        var rest = comment[...]
        while let first = rest.first {
            let isBlank = first.unicodeScalars.allSatisfy { $0.value <= 0x20 || $0.value == 0xA0 }
            if isBlank {
                isSpaced = true
                rest = rest.dropFirst()
                continue
            }
            let own = kind(first)
            let text = own == 0 ? rest.prefix(1) : rest.prefix { kind($0) == own }
            list.append(
                Token(
                    text: String(text), lower: text.lowercased(), isWord: own == 2, isNumber: own == 1,
                    isSpaced: isSpaced))
            isSpaced = false
            rest = rest[text.endIndex...]
        }
        tokens = list
    }

    /// All tokens in lower case.
    var lowercased: [String] { tokens.map(\.lower) }

    /// The words alone, in lower case.
    var words: [String] { tokens.filter(\.isWord).map(\.lower) }

    func word(at index: Int) -> String? {
        tokens.indices.contains(index) && tokens[index].isWord ? tokens[index].lower : nil
    }

    /// Whether the tokens follow one another somewhere.
    func holds(_ sequence: [String]) -> Bool {
        let all = lowercased
        guard all.count >= sequence.count else { return false }
        return (0...(all.count - sequence.count)).contains { Array(all[$0..<($0 + sequence.count)]) == sequence }
    }

    /// A number with its decimals, of which the token at `index` is the last part.
    func number(endingAt index: Int) -> String {
        guard index >= 2, tokens[index - 1].text == ".", tokens[index - 2].isNumber, !tokens[index].isSpaced else {
            return tokens[index].text
        }
        return tokens[index - 2].text + "." + tokens[index].text
    }
}
