import FITS
import Sky
import TestSupport

@testable import MotionStack
@testable import Stacking

/// Requests with every property somewhere else, the same for the same seed.
struct RandomRequest {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func request() -> StackRequest {
        var request = StackRequest(settings: IntegrationSettings())
        request.input = input()
        request.targets = targets()
        request.placement = placement()
        request.levels = levels()
        request.rejection = rejection()
        request.outputs = outputs()
        request.resources = resources()
        return request
    }

    private mutating func flag() -> Bool { random.below(2) == 0 }

    private mutating func maybe<Value>(_ value: Value) -> Value? { flag() ? value : nil }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[random.below(values.count)] }

    /// Any finite number, of any size, with all its digits.
    mutating func number() -> Double {
        while true {
            let value = flag() ? random.normal() * 100 : Double(bitPattern: random.next())
            if value.isFinite { return value }
        }
    }

    /// Texts of the kinds that paths and headers have: quotes, blanks, controls, letters beyond ASCII.
    mutating func text() -> String {
        let letters: [Character] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "{", "\n", "\t", "\u{7F}", "é", "\u{2028}", "星", "😀",
        ]
        return String((0..<random.below(12)).map { _ in pick(letters) })
    }

    private mutating func instant() -> Instant { Instant(taiNanoseconds: Int64(truncatingIfNeeded: random.next())) }

    private mutating func pixel() -> FITSPixel { FITSPixel(x: number(), y: number()) }

    private mutating func sky() -> SkyPosition {
        SkyPosition(raDegrees: random.unit() * 360, decDegrees: random.unit() * 180 - 90)
    }

    private mutating func site() -> Site? {
        try? Site(
            longitudeDegrees: random.unit() * 360, latitudeDegrees: random.unit() * 180 - 90,
            altitudeMetres: random.unit() * 4000)
    }

    private mutating func input() -> StackRequest.Input {
        var input = StackRequest.Input()
        input.strict = flag()
        input.allowsStacks = flag()
        input.minimumUsedPercent = random.unit() * 100
        input.minimumTransparency = random.unit()
        input.consistency = (0..<random.below(4)).map { _ in
            ConsistencyRule(
                card: text(), tolerance: number(), action: pick(ConsistencyRule.Action.allCases))
        }
        input.hdu = pick([.firstImage, .index(random.below(9)), .named(text())])
        input.plane = maybe(pick([.mean, .index(random.below(9))]))
        input.lowThreshold = maybe(number())
        input.highThreshold = maybe(number())
        input.noData = maybe(number())
        input.readsUnsigned = flag()
        input.ignoresColourFilter = flag()
        input.timeRules = TimeRules(
            keywords: (0..<random.below(3)).map { _ in text() }, meaning: maybe(pick(TimeMeaning.allCases)),
            exposureSeconds: maybe(number()), offsetSeconds: number())
        input.wcsFolder = maybe(text())
        input.lenientWCS = flag()
        input.site = flag() ? site() : nil
        input.trustsSite = flag()
        input.calibration = maybe(calibration())
        return input
    }

    private mutating func calibration() -> Calibration {
        var calibration = Calibration()
        calibration.bias = flag() ? [text()] : []
        calibration.dark = flag() ? [text(), text()] : []
        calibration.flat = flag() ? [text()] : []
        calibration.badPixels = flag() ? [text()] : []
        calibration.mask = maybe(text())
        calibration.overscan = maybe(.auto)
        calibration.trim = maybe(PixelSection(parsing: "[2:\(3 + random.below(9)),1:7]").map { .section($0) } ?? .auto)
        calibration.scalesDark = flag()
        return calibration
    }

    private mutating func motion() -> MotionRequest {
        pick([
            .standard, .given, .table(path: text()), .tables([text(), text()]),
            .elements([text(), text()], isTwoBody: flag()),
            .byName(service: pick(ServiceUse.allCases), isTwoBody: flag()),
            .rate(
                arcsecPerMinute: number(), positionAngleDegrees: number(),
                place: pick([
                    .unknown, .sky(sky(), at: maybe(instant())), .pixel(pixel(), at: maybe(instant())),
                ])),
        ])
    }

    private mutating func targets() -> StackRequest.Targets {
        var targets = StackRequest.Targets()
        targets.objectName = maybe(text())
        targets.motion = motion()
        targets.also = (0..<random.below(3)).map { _ in flag() ? .stars : .object(name: text(), motion: motion()) }
        targets.parts = maybe(flag() ? .consecutive(random.below(9)) : .interlaced(random.below(9)))
        targets.refineRatePercent = maybe(number())
        return targets
    }

    private mutating func placement() -> StackRequest.Placement {
        var placement = StackRequest.Placement()
        placement.reference = pick([.first, .nearestToMeanTime, .file(text())])
        placement.referenceTime = pick([.mean, .first, .instant(instant())])
        placement.alignment = pick(Alignment.allCases)
        placement.interpolation = pick(Interpolation.allCases)
        placement.framing = pick(Framing.allCases)
        placement.crop = maybe(
            Crop(width: random.below(9999), height: random.below(9999), center: maybe(pixel())))
        return placement
    }

    private mutating func normalisation() -> Normalisation {
        pick([
            .none, .auto, .mean, .median, .mode, .exposure, .mesh, .inverseMedian, .keyword(text()), .level(text()),
            .file(text()),
        ])
    }

    private mutating func levels() -> StackRequest.Levels {
        var levels = StackRequest.Levels()
        levels.scale = normalisation()
        levels.zero = maybe(normalisation())
        levels.statisticsSection =
            maybe(PixelSection(parsing: "[3:\(4 + random.below(99)),1:\(1 + random.below(9))]")) ?? nil
        levels.fullStatistics = flag()
        levels.weighting = pick([.none, .auto, .exposure, .noise, .keyword(text()), .file(text())])
        return levels
    }

    private mutating func rejection() -> Rejection {
        pick([
            Rejection.none,
            .sigma(low: 1 + random.unit(), high: 2 + random.unit()),
            (try? Rejection("minmax", ["nlow": .number(Double(random.below(9)))])) ?? .none,
        ])
    }

    private mutating func outputs() -> StackRequest.Outputs {
        var outputs = StackRequest.Outputs()
        outputs.path = maybe(text())
        outputs.overwrite = flag()
        outputs.writesProduct = flag()
        outputs.keepsImage = flag()
        outputs.methods = Combination.allCases.filter { _ in flag() }
        outputs.maps = StackMap.allCases.filter { _ in flag() }
        outputs.fill = maybe(Float(random.normal()))
        outputs.plain = flag()
        outputs.preview = maybe(text())
        return outputs
    }

    private mutating func resources() -> StackRequest.Resources {
        var resources = StackRequest.Resources(IntegrationSettings())
        resources.memoryLimit = maybe(ByteCount(Int64(random.next() >> 2)))
        resources.memoryLimitOrigin = maybe(text())
        resources.chunkSize = random.below(1 << 20)
        resources.chunkedEnabled = flag()
        resources.forceChunked = flag()
        resources.threads = maybe(random.below(99))
        resources.scratchFolder = maybe(text())
        resources.kernels = maybe(text())
        resources.targetsFromCopy = maybe(flag())
        resources.preparesFrames = flag()
        resources.maximumOpenFiles = maybe(random.below(9999))
        resources.limitsWholeProcess = flag()
        return resources
    }
}
