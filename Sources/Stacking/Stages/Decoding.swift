/// How raw numbers become samples.
package struct Decoding: Hashable, Codable, Sendable {
    package var low: Double?
    package var high: Double?
    package var noData: Double?
    package var unsigned: Bool

    package init(low: Double? = nil, high: Double? = nil, noData: Double? = nil, unsigned: Bool) {
        self.low = low
        self.high = high
        self.noData = noData
        self.unsigned = unsigned
    }
}
