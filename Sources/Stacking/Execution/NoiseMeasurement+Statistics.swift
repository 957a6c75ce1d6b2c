internal import CKernels

extension NoiseMeasurement {
    /// What the segments tell of each frame, and the variances that are made of it.
    struct Statistics {
        var levels: [Double] = []
        /// Mean squares of each frame, one a segment.
        var squares: [[Double]]
        /// The same of steps from pixel to pixel.
        var steps: [[Double]]
        /// Pixels above the sky, by level in units of the frame's own deviation: how often deviations of each size were seen.
        private var bins = [Bin](repeating: Bin(), count: 5)

        private struct Bin {
            var counts = [Int](repeating: 0, count: 80)
            var total = 0
            var levels = 0.0
            var skies = 0.0
        }
        /// Size of a class of deviations.
        private static let width = 0.1

        init(frames: Int) {
            squares = [[Double]](repeating: [], count: frames)
            steps = squares
        }

        mutating func add(bright level: Double, square: Double, of frame: Int, sky: Double) {
            guard square.isFinite, sky > 0 else { return }
            let ratio = level / sky.squareRoot()
            // 2 to 64 deviations: below the sky's own structure rules, above it that of stars.
            guard ratio >= 2, ratio < 64 else { return }
            var bin = 0
            var edge = 4.0
            while ratio >= edge {
                bin += 1
                edge *= 2
            }
            let size = Int(min(79, (square / sky).squareRoot() / Self.width))
            bins[bin].counts[size] += 1
            bins[bin].total += 1
            bins[bin].levels += level
            bins[bin].skies += sky
        }

        func result(_ target: StripTarget) -> Result? {
            let frames = target.frames
            guard !levels.isEmpty else { return nil }
            let seen = squares.map { Self.typical($0.sorted()) }
            let known = seen.compactMap { $0 }.sorted()
            guard let common = Self.middle(known) else { return nil }
            let alone = steps.map { Self.typical($0.sorted()) }
            let own = Self.own(seen.map { $0 ?? common }, alone: zip(alone, seen).map { $0 ?? $1 ?? common })
            let growth = self.growth
            // What is added by level goes with the factor of the frame, and with what resampling leaves of it.
            let reaches = frames.map { abs($0.scale) * $0.map.noiseGain * $0.map.noiseGain }
            let middle = Self.middle(reaches.sorted()) ?? 1
            let result = zip(own, reaches).map { variance, reach in
                FrameNoise(
                    base: max(variance, 1e-24), slope: middle > 0 ? growth * reach / middle : 0)
            }
            return Result(sky: Self.middle(levels.sorted()) ?? 0, frames: result)
        }

        /// The frames' own variances, of those of their differences from the median of the other half.
        ///
        /// - Parameter alone: what each frame's own pixels tell, up to a common factor. Of few frames it says how the differences are divided
        ///   among them; of many, the differences do.
        private static func own(_ seen: [Double], alone: [Double]) -> [Double] {
            let count = seen.count
            /// Of the median of each half.
            func medians(_ own: [Double]) -> [Double] {
                (0..<2).map { half in
                    let n = Double((count + 1 - half) / 2)
                    // A median weighs frames by the inverse of their deviation.
                    let inverse = stride(from: half, to: count, by: 2).reduce(0) {
                        $0 + 1 / max(own[$1], 1e-24).squareRoot()
                    }
                    return ms_median_variance(Int32(n)) * n * n / (inverse * inverse)
                }
            }
            let start = medians(alone)
            let expected = alone.indices.reduce(0) { $0 + alone[$1] + start[1 - $1 % 2] }
            let factor = expected > 0 ? seen.reduce(0, +) / expected : 1
            var own = alone.map { $0 * factor }
            guard count > fewFrames else { return own }
            for _ in 0..<40 {
                let medians = medians(own)
                for frame in 0..<count {
                    let next = max(seen[frame] - medians[1 - frame % 2], seen[frame] * 0.1)
                    own[frame] = (own[frame] + next) / 2
                }
            }
            return merged(own, seen, alone)
        }

        /// Differences tell the variance of a frame that is better than the median beside it less well than its own pixels do, and those have
        /// faint stars in them, about as many in all frames: both are taken, each by how well it tells.
        ///
        /// - Parameter own: of the differences. The number of samples is the same for both and cancels.
        private static func merged(_ own: [Double], _ seen: [Double], _ alone: [Double]) -> [Double] {
            let structure = max(0, middle(zip(alone, own).map { $0 - $1 }.sorted()) ?? 0)
            return own.indices.map { frame in
                let pixels = alone[frame] - structure
                guard pixels > 0, own[frame] > 0 else { return own[frame] }
                // Squares of relative errors, times the number of samples: pixels that are four apart come twice. The structure changes with the
                // seeing, by a tenth of it or so: a thousand samples know the rest no better.
                let byDifferences = 2 * pow2(seen[frame] / own[frame])
                let byPixels = 3 * pow2(alone[frame] / pixels) + 1000 * pow2(0.1 * structure / pixels)
                return (own[frame] * byPixels + pixels * byDifferences) / (byPixels + byDifferences)
            }
        }

        private static func pow2(_ x: Double) -> Double { x * x }

        /// Up to so many frames share their differences too closely to be told apart by them.
        private static let fewFrames = 7

        /// Variance that is added for each unit of level: of the photons, beside what grows with the square of the level (seeing, scales).
        private var growth: Double {
            var (xx, xy, yy, xe, ye) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for bin in bins where bin.total >= 400 {
                var below = 0
                var size = 0
                while below + bin.counts[size] < (bin.total + 1) / 2 {
                    below += bin.counts[size]
                    size += 1
                }
                guard size < 79 else { continue }
                let within = (Double(bin.total) / 2 - Double(below)) / Double(max(1, bin.counts[size]))
                let deviation = 1.4826 * (Double(size) + within) * Self.width
                let total = Double(bin.total)
                let sky = bin.skies / total
                let level = bin.levels / total
                let excess = (deviation * deviation - 1) * sky
                let weight = total / (deviation * deviation * sky * deviation * deviation * sky)
                xx += weight * level * level
                xy += weight * level * level * level
                yy += weight * level * level * level * level
                xe += weight * level * excess
                ye += weight * level * level * excess
            }
            guard xx > 0 else { return 0 }
            let determinant = xx * yy - xy * xy
            guard determinant > 1e-9 * xx * yy else { return max(0, xe / xx) }
            let linear = (xe * yy - ye * xy) / determinant
            let square = (ye * xx - xe * xy) / determinant
            return max(0, square < 0 ? xe / xx : linear)
        }

        /// Mean of the middle half: of segments that stars fill, or that few pixels are in, nothing is taken.
        private static func typical(_ sorted: [Double]) -> Double? {
            guard sorted.count > 3 else { return middle(sorted) }
            let inner = sorted[sorted.count / 4..<sorted.count - sorted.count / 4]
            return inner.reduce(0, +) / Double(inner.count)
        }

        private static func middle(_ sorted: [Double]) -> Double? {
            guard !sorted.isEmpty else { return nil }
            let half = sorted.count / 2
            return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) * 0.5
        }
    }
}
