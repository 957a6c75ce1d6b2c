/// The highest samples of an image, which tell where its values end.
struct BrightestSamples {
    private static let most = 64
    /// So many samples at one height are no star's core.
    private static let pile = 12
    /// Highest first.
    private var values: [Float] = []
    /// What is not above it is none of them.
    private var least = -Float.infinity

    @inline(__always) mutating func add(_ value: Float) {
        // No data is not above anything.
        guard value > least else { return }
        insert(value)
    }

    private mutating func insert(_ value: Float) {
        let place = values.firstIndex { $0 < value } ?? values.count
        values.insert(value, at: place)
        if values.count > Self.most { values.removeLast() }
        if values.count == Self.most { least = values[Self.most - 1] }
    }

    /// Where 12 samples and more lie within 0.5 % of the highest, above the sky: what a full well or a converter's end makes of bright stars.
    /// The lower end of these; nil where they do not pile up.
    func pileUp(above sky: Double) -> Double? {
        guard let highest = values.first.map(Double.init), highest > sky else { return nil }
        let low = highest - 0.005 * (highest - sky)
        return values.count { Double($0) >= low } >= Self.pile ? low : nil
    }
}
