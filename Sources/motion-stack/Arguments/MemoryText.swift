internal import MotionStack

/// An amount of memory with the words that it was given in.
struct MemoryText: Hashable {
    var amount: ByteCount
    var text: String
    /// Whether it is a bare number that was taken as bytes: to be said, since smaller ones are GB.
    var isBareBytes: Bool

    init(_ text: String) throws(ByteCount.ParsingError) {
        let found = try ByteCount.read(text)
        self.init(found.amount, text: text, isBareBytes: found.isBareBytes)
    }

    init(_ amount: ByteCount, text: String = "", isBareBytes: Bool = false) {
        self.amount = amount
        self.text = text
        self.isBareBytes = isBareBytes
    }
}
