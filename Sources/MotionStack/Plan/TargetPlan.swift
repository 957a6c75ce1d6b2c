internal import Files
public import Sky

/// What fixes the bits of the products of one target of one part, beside its frames. A machine that loads it makes the same ones.
public struct TargetPlan: Hashable, Codable, Sendable {
    public let objectName: String?
    public let isStandard: Bool
    /// The further target that this is of ("stars" or an object's name); nil for the main one.
    public let target: String?
    /// The part of the frames that this is of, from 1; nil where all are in one.
    public let part: Int?
    public let referenceTime: Instant?
    /// When the position holds that a constant rate was given with; nil where none was.
    public let positionTime: Instant?
    public let meanTime: Instant?
    /// Unit of the pixels: the reference frame's, else that of most frames; nil where none says.
    public let unit: String?
    /// The instants between the first start and the last end of an exposure.
    public let begin: Instant?
    public let end: Instant?
    /// The held object at the reference time, ICRS.
    public let heldSky: SkyPosition?
    /// 0-based in the reference frame; nil when unknown.
    let held: PixelPoint?
    let grid: OutputGrid
    public let alignment: Alignment
    public let interpolation: Interpolation
    public let motion: PlannedMotion?
    public let site: Site?
    public let methods: [Combination]
    public let rejection: Rejection
    /// Smallest deviation that rejection works with.
    public let rejectionFloor: Double
    public let scale: Normalisation
    public let zero: Normalisation
    /// How the frames' weights were found.
    public let weighting: Weighting
    /// Level of the sky in the output, where the noise of the frames was measured.
    public internal(set) var sky: Double?
    public let maps: [StackMap]
    /// As bits: JSON has no NaN.
    let fillBits: UInt32
    let decoding: Decoding
    /// What stars say of the frames' light, or why they do not, in words; nil where they were not asked.
    public let lightNote: String?
    public internal(set) var warnings: [String]
    /// One of them that a run ends with, so that it is not overlooked.
    public let closingWarning: String?

    var fill: Float { Float(bitPattern: fillBits) }

    /// The held place in the output, as FITS counts pixels; nil when unknown.
    public var heldPixel: FITSPixel? {
        held.map { FITSPixel(x: $0.x - Double(grid.x) + 1, y: $0.y - Double(grid.y) + 1) }
    }

    /// When a given position holds, and how far the held place is from it, in words; nil where none was given.
    public var positionText: String? {
        guard let positionTime else { return nil }
        let given = "given for \(positionTime.iso(decimals: 2))Z"
        guard let referenceTime, let rate = motion?.rateArcsecPerMinute, referenceTime != positionTime else {
            return given
        }
        let seconds = referenceTime.seconds(since: positionTime)
        let arcsec = abs(seconds / 60 * rate)
        return
            "\(given); held where the object is \(fixed(abs(seconds), 1)) s \(seconds < 0 ? "earlier" : "later"), \(fixed(arcsec, 2)) arcsec from there"
    }

    /// The mean of another rectangle, without maps.
    func cutOut(_ grid: OutputGrid) -> TargetPlan {
        TargetPlan(
            objectName: objectName, isStandard: isStandard, target: target, part: part, referenceTime: referenceTime,
            positionTime: positionTime, meanTime: meanTime, unit: unit, begin: begin, end: end, heldSky: heldSky,
            held: held, grid: grid,
            alignment: alignment, interpolation: interpolation, motion: motion, site: site, methods: [.average],
            rejection: rejection, rejectionFloor: rejectionFloor, scale: scale, zero: zero, weighting: weighting,
            sky: sky,
            maps: [],
            fillBits: fillBits, decoding: decoding, lightNote: lightNote, warnings: warnings,
            closingWarning: closingWarning)
    }
}
