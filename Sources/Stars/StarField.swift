/// What was found in an image: stars, and all maxima beside which they stand.
public struct StarField: Sendable {
    public let width: Int
    public let height: Int
    /// Brightest first, by signal to noise.
    public let stars: [DetectedStar]
    /// Highest first.
    let peaks: [LightPeak]
    /// Where the image's values end, as far as its brightest samples pile up there; nil where they do not.
    public let pileUp: Double?

    init(width: Int, height: Int, stars: [DetectedStar], peaks: [LightPeak], pileUp: Double? = nil) {
        self.width = width
        self.height = height
        self.stars = stars
        self.peaks = peaks
        self.pileUp = pileUp
    }

    /// Full width at half maximum of the image's stars, pixels: the median over those of a signal to noise of 20 and more, at most 200 of them;
    /// NaN where there is none.
    public var fwhm: Double {
        var widths = stars.prefix(200).filter { $0.signalToNoise >= 20 }.map(\.fwhm)
        return median(&widths)
    }
}

/// A disc of an image where no star is wanted, 0-based pixels.
public struct ExcludedDisc: Hashable, Sendable {
    public var x: Double
    public var y: Double
    public var radius: Double

    public init(x: Double, y: Double, radius: Double) {
        self.x = x
        self.y = y
        self.radius = radius
    }
}

/// Which stars of a field are fit to be measured in every frame.
public struct StarSelection: Sendable {
    /// The brightest that fit.
    public var most = 50
    /// Signal to noise of the matched Gaussian is over that.
    public var leastSignalToNoise = 20.0
    /// Peaks are under that, 80 % of saturation as a rule.
    public var highestPeak = Double.infinity
    /// Where the mover is.
    public var excluded: [ExcludedDisc] = []
    /// Widths are within this share of the field's.
    public var widthTolerance = 0.3

    public init() {}

    /// The stars that fit, brightest first: bright enough, not saturated, as wide as the others (no galaxy, cosmic ray or double), isolated,
    /// wholly inside the image, and not under a disc.
    ///
    /// Isolated: no maximum of 2 % of the star's height within 3.5 FWHM, none of a fifth within 5.5; where that leaves fewer than 8, none of
    /// 10 % within 3.5.
    public func stars(of field: StarField) -> [DetectedStar] {
        let fwhm = field.fwhm
        guard fwhm.isFinite else { return [] }
        let fit = field.stars.filter { isFit($0, fwhm, field) }
        let near = Neighbourhood(field.peaks, radius: 5.5 * fwhm)
        func isolated(_ limits: [(share: Float, radius: Double)]) -> [DetectedStar] {
            var chosen: [DetectedStar] = []
            for star in fit where chosen.count < most {
                if limits.allSatisfy({ !near.disturbs(star, share: $0.share, radius: $0.radius) }) {
                    chosen.append(star)
                }
            }
            return chosen
        }
        let strict = isolated([(0.02, 3.5 * fwhm), (0.2, 5.5 * fwhm)])
        return strict.count >= 8 ? strict : isolated([(0.1, 3.5 * fwhm)])
    }

    private func isFit(_ star: DetectedStar, _ fwhm: Double, _ field: StarField) -> Bool {
        let margin = 3 * fwhm
        return star.signalToNoise > leastSignalToNoise && star.peak < highestPeak
            && abs(star.fwhm - fwhm) <= widthTolerance * fwhm
            && star.x >= margin && star.y >= margin && star.x <= Double(field.width - 1) - margin
            && star.y <= Double(field.height - 1) - margin
            && excluded.allSatisfy { disc in
                let (dx, dy) = (star.x - disc.x, star.y - disc.y)
                let reach = disc.radius + 2.5 * fwhm
                return dx * dx + dy * dy > reach * reach
            }
    }
}

/// Maxima by squares as wide as what is asked for.
private struct Neighbourhood {
    private struct Square: Hashable {
        let x: Int
        let y: Int
    }

    private let side: Double
    private var peaks: [Square: [LightPeak]] = [:]

    init(_ list: [LightPeak], radius: Double) {
        side = max(radius, 1)
        for peak in list {
            let square = Square(x: Int(Double(peak.column) / side), y: Int(Double(peak.row) / side))
            peaks[square, default: []].append(peak)
        }
    }

    /// Whether a maximum of that share of the star's height stands within the radius; the star's own, within 2 pixels of it, does not count.
    func disturbs(_ star: DetectedStar, share: Float, radius: Double) -> Bool {
        let (x, y) = (Int(star.x / side), Int(star.y / side))
        for row in y - 1...y + 1 {
            for column in x - 1...x + 1 {
                for peak in peaks[Square(x: column, y: row)] ?? [] where peak.height >= share * star.height {
                    let (dx, dy) = (Double(peak.column) - star.x, Double(peak.row) - star.y)
                    let distance = dx * dx + dy * dy
                    if distance > 4, distance <= radius * radius { return true }
                }
            }
        }
        return false
    }
}
