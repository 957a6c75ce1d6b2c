/// What a part of the memory of a run is for, and how much it is.
public struct LedgerEntry: Codable, Hashable, Sendable {
    public var name: String
    public var bytes: Int

    package init(name: String, bytes: Int) {
        self.name = name
        self.bytes = bytes
    }
}
