/// Vectors at even steps of time, interpolated by Lagrange's formula on six nodes.
struct NodeTable: Sendable {
    /// TT days since J2000.0 of the first node, which lies three steps before the span.
    private let first: Double
    private let step: Double
    private let vectors: [SpaceVector]

    /// More nodes than this are not worth making: the caller computes each place instead.
    static let most = 4000

    /// Nil where the span would need too many nodes.
    init?(from: Double, to: Double, spacing: Double, vector: (Double) -> SpaceVector) {
        let steps = ((to - from) / spacing).rounded(.up)
        guard steps >= 0, steps <= Double(Self.most) else { return nil }
        step = spacing
        first = from - 3 * spacing
        var vectors: [SpaceVector] = []
        vectors.reserveCapacity(Int(steps) + 7)
        for index in 0..<(Int(steps) + 7) { vectors.append(vector(first + Double(index) * spacing)) }
        self.vectors = vectors
    }

    func vector(at time: Double) -> SpaceVector {
        let position = (time - first) / step
        let left = min(max(Int(position.rounded(.down)) - 2, 0), vectors.count - 6)
        let x = position - Double(left)  // 2...3 in the middle of six nodes 0...5
        var sum = SpaceVector.zero
        for j in 0..<6 {
            var weight = Self.scale[j]
            for k in 0..<6 where k != j { weight *= x - Double(k) }
            sum.add(weight, vectors[left + j])
        }
        return sum
    }

    /// 1 / product of (j - k), k != j.
    private static let scale: [Double] = [-1.0 / 120, 1.0 / 24, -1.0 / 12, 1.0 / 12, -1.0 / 24, 1.0 / 120]
}
