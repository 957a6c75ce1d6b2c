/// The light of the same stars in many frames, as an aperture would measure it: for tests of what is made of such light.
public struct SyntheticLight: Sendable {
    /// `flux[frame][star]` and its true deviation.
    public var flux: [[Double]] = []
    public var error: [[Double]] = []
    /// The true exposure x transparency of each frame.
    public var truth: [Double] = []
    public var exposureSeconds: [Double] = []
    public var timeSeconds: [Double] = []
    /// Stars that vary.
    public var variables: [Int] = []
    /// The least relative error that any estimate of a frame can have: 1 / sqrt(sum (level / deviation)^2) over its steady stars.
    public var limit: [Double] = []

    /// - Parameters:
    ///   - stars: their electrons a second follow a power law, from the faintest (1) to the brightest (100) of equal numbers a magnitude.
    ///   - clouds: transparencies are uniform in it.
    ///   - seeing: the frame's FWHM over the best one, uniform in it; the sky's noise in the aperture grows with it.
    ///   - variables: how many stars vary, as a sine of that half amplitude.
    ///   - electrons: of the faintest star in a second.
    ///   - skyDeviation: electrons in the aperture of the best frame of 30 s.
    public init(
        seed: UInt64, frames: Int, stars: Int, clouds: ClosedRange<Double> = 1...1, seeing: ClosedRange<Double> = 1...1,
        variables count: Int = 0, amplitude: Double = 0, electrons: Double = 200, skyDeviation: Double = 150,
        exposures: [Double] = [30]
    ) {
        var random = SeededRandom(seed: seed)
        // 10^u, u uniform in 0...2, in 64 steps of 10^(1/32): no transcendental function.
        let step = 1.0746078283213174
        var levels: [Double] = []
        for _ in 0..<stars {
            var level = electrons
            for _ in 0..<random.integer(below: 65) { level *= step }
            levels.append(level)
        }
        variables = Array((0..<stars).shuffled(using: &random).prefix(count)).sorted()
        for frame in 0..<frames {
            let exposure = exposures[frame % exposures.count]
            let transparency = random.uniform(clouds.lowerBound, clouds.upperBound)
            let width = random.uniform(seeing.lowerBound, seeing.upperBound)
            let sky = skyDeviation * width * (exposure / 30).squareRoot()
            // A triangle wave, each star with a phase of its own.
            let a = exposure * transparency
            var (row, errors, information) = ([Double](), [Double](), 0.0)
            for (star, level) in levels.enumerated() {
                let phase = (Double(frame) * 0.137 + Double(star) * 0.31).truncatingRemainder(dividingBy: 1)
                let wave = variables.contains(star) ? 1 + amplitude * (4 * abs(phase - 0.5) - 1) : 1
                let expected = a * level * wave
                let deviation = (expected + sky * sky).squareRoot()
                row.append(expected + deviation * random.normal())
                errors.append(deviation)
                if !variables.contains(star) { information += a * a * level * level / (deviation * deviation) }
            }
            flux.append(row)
            error.append(errors)
            truth.append(a)
            exposureSeconds.append(exposure)
            timeSeconds.append(Double(frame) * 60)
            limit.append(1 / information.squareRoot())
        }
    }
}
