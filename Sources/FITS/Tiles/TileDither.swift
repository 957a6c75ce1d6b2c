/// The random numbers of subtractive dithering (FITS 4.0, appendix I): what was added to a sample before it was rounded.
struct TileDither {
    /// 10 000 numbers from 0 to 1, as float32, by the generator that the standard names.
    private static let table: [Float] = {
        var table: [Float] = []
        var seed = 1.0
        for _ in 0..<10_000 {
            let product = 16_807 * seed
            seed = product - 2_147_483_647 * (product / 2_147_483_647).rounded(.down)
            table.append(Float(seed / 2_147_483_647))
        }
        return table
    }()

    private var seed: Int
    private var place: Int

    /// - Parameter tile: from 0.
    init(tile: Int, first: Int) {
        seed = (tile + first - 1) % Self.table.count
        place = Int(Self.table[seed] * 500)
    }

    mutating func next() -> Double {
        let value = Double(Self.table[place])
        place += 1
        if place == Self.table.count {
            seed = seed + 1 == Self.table.count ? 0 : seed + 1
            place = Int(Self.table[seed] * 500)
        }
        return value
    }
}
