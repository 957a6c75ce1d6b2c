internal import CKernels
internal import Files
internal import FITS
internal import Glibc
internal import Sky

/// Levels of all frames and what follows from them: factors, offsets, the quantisation step.
struct Levels: Sendable {
    private var facts: [Int: FrameStatistics] = [:]
    private var matched: [Int: (scale: Double, zero: Double)] = [:]
    /// What `auto` stands for in these frames.
    private var automaticScale: Normalisation
    /// Exposure x transparency, where stars tell it.
    private var starValues: [Int: Double] = [:]
    private var scale: Normalisation
    private var zero: Normalisation
    private var scaleValues: [Int: Double] = [:]
    private var zeroValues: [Int: Double] = [:]
    private(set) var warnings: [String] = []
    /// Frames that have no valid sample at all, as far as they were looked at, by place in what was given.
    private(set) var empty: Set<Int> = []
    private(set) var bytesRead: Int64 = 0

    init(
        frames: [Frame], options: IntegrationOptions, zero: Normalisation, needsMesh: Bool, needsIncrement: Bool,
        threads: Int, files: any FileSystem, reader: RasterReader, kernels: PixelKernels,
        progress: (Int, Int) throws(StackingError) -> Void
    ) throws(MotionStackError) {
        automaticScale = Self.automaticScale(frames)
        scale = options.levels.scale == .auto ? automaticScale : options.levels.scale
        self.zero = zero
        let needsLevels = scale.needsStatistics || zero.needsStatistics
        let integers = needsIncrement && frames.allSatisfy { $0.raster.format.isInteger }
        let needsMode = scale == .mode || zero == .mode
        func makeSampler() -> StatisticsSampler {
            StatisticsSampler(
                reader: reader, kernels: kernels,
                decoding: options.input.decoding,
                section: options.levels.statisticsSection,
                // The mode takes a sort: it is of the sample in any case.
                full: options.levels.fullStatistics && !needsMode, needsMode: needsMode, needsMesh: needsMesh)
        }
        let sampler = makeSampler()
        if needsLevels || integers {
            let before = files.counters.bytesRead
            if let section = options.levels.statisticsSection, let first = frames.first {
                let (rows, columns) = sampler.area(first.raster)
                guard !rows.isEmpty, !columns.isEmpty else {
                    throw MotionStackError(
                        .usage,
                        "--statistics-section [\(section.x.lowerBound):\(section.x.upperBound),\(section.y.lowerBound):\(section.y.upperBound)] lies outside the frames of \(first.raster.width) x \(first.raster.height) pixels"
                    )
                }
            }
            // With nothing but the step to know there is too little to do for a second thread.
            let threads = needsLevels ? min(threads, frames.count / 4, 16) : 1
            let samplers = [sampler] + (1..<max(1, threads)).map { _ in makeSampler() }
            let measured = try MotionStackError.carrying { () throws(StackingError) in
                try LevelMeasurement(samplers, frames: frames, incrementOnly: !needsLevels).run(progress)
            }
            for (frame, found) in zip(frames, measured) { facts[frame.givenIndex] = found }
            bytesRead = files.counters.bytesRead - before
            warn(frames, options: options)
        }
        for frame in frames where facts[frame.givenIndex]?.valid ?? 0 == 0 {
            let hasSample = try MotionStackError.carrying { () throws(StackingError) in
                try sampler.hasValidSample(frame.givenIndex)
            }
            if !hasSample { empty.insert(frame.givenIndex) }
        }
        scaleValues = try Self.numbers(scale, isScale: true, frames, files)
        zeroValues = try Self.numbers(zero, isScale: false, frames, files)
    }

    /// By exposure where all frames say theirs and not all are equal; counts a second are at one level as they are.
    private static func automaticScale(_ frames: [Frame]) -> Normalisation {
        let exposures = frames.map { $0.exposureSeconds ?? 0 }
        guard let first = exposures.first, exposures.allSatisfy({ $0 > 0 }), exposures.contains(where: { $0 != first }),
            !frames.contains(where: { $0.cards["BUNIT"].map { PixelUnit.isRate($0.text) } ?? false })
        else { return .none }
        return .exposure
    }

    /// What a scale that was asked for means here.
    func resolved(_ scale: Normalisation) -> Normalisation { scale == .auto ? automaticScale : scale }

    /// The smallest step between values that the integers of the frames can make; 0 with floating-point input.
    func quantisationStep(_ frames: [Frame]) -> Double {
        var step = Double.infinity
        for frame in frames {
            guard frame.raster.format.isInteger, let increment = facts[frame.givenIndex]?.rawIncrement, increment > 0
            else {
                if !frame.raster.format.isInteger { return 0 }
                continue
            }
            step = min(step, abs(frame.raster.format.bscale) * Double(increment))
        }
        return step.isFinite ? step : 0
    }

    func quantisationStep(_ rasters: [Raster]) -> Double {
        rasters.allSatisfy(\.format.isInteger) ? rasters.map { abs($0.format.bscale) }.min() ?? 0 : 0
    }

    /// What each frame's flux is multiplied with, up to a common factor; nil without scaling.
    func fluxWeights(_ scale: Normalisation) -> [Int: Double]? {
        let scale = resolved(scale)
        guard scale != .none else { return nil }
        var weights: [Int: Double] = [:]
        for (index, value) in scaleValues where value > 0 && value.isFinite {
            weights[index] = scale.isGiven ? value : 1 / value
        }
        for (index, fact) in facts where weights[index] == nil {
            if let level = level(fact, scale), level > 0 { weights[index] = 1 / level }
        }
        return weights.isEmpty ? nil : weights
    }

    func factors(_ frame: Frame) -> (scale: Double, zero: Double) { matched[frame.givenIndex] ?? (1, 0) }

    /// What the light of stars says of the frames: `auto` means that then, unless all frames are alike.
    mutating func take(_ light: FrameLight) {
        starValues = light.frames.mapValues(\.a)
        if !light.isSteady { automaticScale = .stars }
    }

    /// Matches every frame to the reference frame.
    ///
    /// - Parameters:
    ///   - scale: what one target of several has; as it was measured for, or none.
    ///   - zero: the same of offsets.
    mutating func match(to reference: Frame, scale: Normalisation, zero: Normalisation) {
        self.scale = resolved(scale)
        self.zero = zero
        // Frames bring the same flux by their exposures, too, where stars were asked for and not found.
        let scaleValues =
            self.scale == .stars ? self.scaleValues.merging(starValues) { $1 } : self.scaleValues
        let referenceScale = value(reference.givenIndex, self.scale, scaleValues)
        var failed = 0
        var unscaled = 0
        func factor(_ index: Int) -> Double {
            guard self.scale != .none else { return 1 }
            if self.scale.isGiven { return scaleValues[index] ?? 1 }
            guard let own = value(index, self.scale, scaleValues), own > 0, own.isFinite else {
                unscaled += 1
                return 1
            }
            if self.scale == .inverseMedian { return 1 / own }
            guard let referenceScale, referenceScale > 0 else {
                unscaled += 1
                return 1
            }
            return referenceScale / own
        }
        let referenceZero = value(reference.givenIndex, zero, zeroValues)
        let referenceFactor = factor(reference.givenIndex)
        // Those without a valid sample take no part, and are told as such.
        for index in Set(facts.keys).union(scaleValues.keys).union(zeroValues.keys).subtracting(empty) {
            let own = factor(index)
            var offset = 0.0
            if zero.isGiven {
                offset = zeroValues[index] ?? 0
            } else if zero != .none {
                if let level = value(index, zero, zeroValues), let referenceZero {
                    offset = referenceZero * referenceFactor - level * own
                } else {
                    failed += 1
                }
            }
            matched[index] = (own, offset)
        }
        if unscaled > 0 {
            warnings.append(
                "\(unscaled) frames have no positive level for --scale \(self.scale.name) (or the reference frame has none): their factor is 1"
            )
        }
        if failed > 0 {
            warnings.append(
                "\(failed) frames have no valid pixel in the statistics section; they are not matched in level")
        }
    }

    // MARK: The shape of the sky

    /// A frame's mesh times its factor; nil where none was measured.
    func mesh(_ frame: Frame) -> BackgroundMesh? {
        guard var mesh = facts[frame.givenIndex]?.mesh else { return nil }
        let factor = Float(factors(frame).scale)
        for index in mesh.values.indices { mesh.values[index] *= factor }
        return mesh
    }

    /// The share of a frame's samples that rejection is expected to take when frames are matched by one number each; the largest of the
    /// frames. What the sky's shape leaves in a cell is held against bounds about the cell's median, whose deviation is the frame's own noise or, where
    /// samples tell it themselves, the typical noise and the scatter of the frames' shapes.
    func expectedLoss(_ frames: [Frame], low: Double, high: Double, knowsNoise: Bool) -> Double {
        var shapes: [(mesh: BackgroundMesh, noise: Double)] = []
        for frame in frames {
            guard let mesh = mesh(frame), let fact = facts[frame.givenIndex], fact.noise > 0 else { continue }
            shapes.append((mesh, fact.noise * factors(frame).scale.magnitude))
        }
        guard shapes.count > 2 else { return 0 }
        let typical = Self.median(shapes.map(\.noise))
        var losses = [Double](repeating: 0, count: shapes.count)
        let cells = BackgroundMesh.cells * BackgroundMesh.cells
        // Of a long sequence, some frames say what all scatter by.
        let step = (shapes.count + 99) / 100
        for cell in 0..<cells {
            let some = stride(from: 0, to: shapes.count, by: step).map { Double(shapes[$0].mesh.values[cell]) }
            let middle = Self.median(some)
            let scatter = 1.482602218505602 * Self.median(some.map { abs($0 - middle) })
            let common = (typical * typical + scatter * scatter).squareRoot()
            for (index, shape) in shapes.enumerated() {
                let deviation = knowsNoise ? shape.noise : common
                let off = Double(shape.mesh.values[cell]) - middle
                let width = shape.noise * 2.0.squareRoot()
                losses[index] += (erfc((high * deviation - off) / width) + erfc((low * deviation + off) / width)) / 2
            }
        }
        return (losses.max() ?? 0) / Double(cells)
    }

    /// Upper median.
    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func value(_ index: Int, _ choice: Normalisation, _ numbers: [Int: Double]) -> Double? {
        if let number = numbers[index] { return number }
        return facts[index].flatMap { level($0, choice) }
    }

    /// What goes to a frame's offset because its map changes areas, and so the level of its sky: nothing where offsets are no levels.
    func areaOffset(_ placed: Placement.PlacedFrame, on grid: OutputGrid) -> Double {
        let index = placed.frame.givenIndex
        guard case .grid(let map) = placed.map, !zero.isGiven, zero != .none, let own = matched[index],
            let level = value(index, zero, zeroValues)
        else { return 0 }
        let (x, y) = (
            Double(map.domain.x) + Double(map.domain.width) / 2, Double(map.domain.y) + Double(map.domain.height) / 2
        )
        return level * own.scale * (1 - map.area(x: x, y: y))
    }

    private func level(_ fact: FrameStatistics, _ choice: Normalisation) -> Double? {
        let value: Double =
            switch choice {
            case .mean: fact.mean
            case .median, .mesh, .inverseMedian: fact.median
            case .mode: fact.mode
            default: .nan
            }
        return value.isFinite ? value : nil
    }

    private mutating func warn(_ frames: [Frame], options: IntegrationOptions) {
        let negative = frames.filter {
            $0.raster.format.bitpix == 16 && $0.raster.format.bzero == 0 && !options.input.readsUnsigned
                && (facts[$0.givenIndex].map { $0.smallestRaw < -1000 } ?? false)
        }
        if let first = negative.first {
            warnings.append(
                "\(first.path)\(negative.count > 1 ? " and \(negative.count - 1) more" : ""): 16-bit values below -1000 without BZERO: written as unsigned? --unsigned reads them so"
            )
        }
        let dark = frames.filter { frame in
            guard options.input.noData == nil, let fact = facts[frame.givenIndex], fact.pixels > 0 else { return false }
            return Double(fact.edgeZeros) > 0.005 * Double(fact.pixels)
        }
        if let first = dark.first {
            warnings.append(
                "\(first.path)\(dark.count > 1 ? " and \(dark.count - 1) more" : ""): exact zeros along the edge: a border without data? --no-data 0 leaves it out"
            )
        }
    }
}
