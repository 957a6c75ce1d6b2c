import Foundation

/// Pixels as tests look at them: float64, row by row, NaN where there is no data. Indices are 0-based.
public struct MeasuredImage: Sendable {
    public let width: Int
    public let height: Int
    public var values: [Double]

    public init(width: Int, height: Int, values: [Double]) {
        precondition(values.count == width * height)
        self.width = width
        self.height = height
        self.values = values
    }

    public subscript(x: Int, y: Int) -> Double {
        get { values[y * width + x] }
        set { values[y * width + x] = newValue }
    }

    /// The part with x and y within `radius` pixels of a place, and where its first pixel lies.
    public func cutout(x: Double, y: Double, radius: Int) -> (image: MeasuredImage, left: Int, bottom: Int) {
        let left = max(0, Int(x.rounded()) - radius)
        let right = min(width - 1, Int(x.rounded()) + radius)
        let bottom = max(0, Int(y.rounded()) - radius)
        let top = min(height - 1, Int(y.rounded()) + radius)
        var part: [Double] = []
        guard left <= right, bottom <= top else {
            return (MeasuredImage(width: 0, height: 0, values: []), left, bottom)
        }
        for row in bottom...top { part += values[row * width + left...row * width + right] }
        return (MeasuredImage(width: right - left + 1, height: top - bottom + 1, values: part), left, bottom)
    }
}
