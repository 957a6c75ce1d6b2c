/// How the levels of the frames are matched to the reference frame before rejection: first a factor (scale), then an offset (zero).
///
/// Measured on the frame's valid pixels in the statistics section. With `scale` s and `zero` z a sample becomes sample x s + z in float64, rounded
/// once to float32. What is measured, and `level`, are levels: factor = level of the reference / level of the frame, offset = level of the reference -
/// level of the frame. `keyword` and `file` give the factor or the offset itself, as IRAF, ccdproc and SWarp take them.
public enum Normalisation: Hashable, Codable, Sendable {
    case none
    /// Scale only, where frames are aligned: exposure x transparency as stars tell it; where all frames agree within the errors, or stars tell nothing,
    /// as `exposure` where exposures are known and differ. Else none.
    case auto
    case mean
    case median
    /// 3 x median - 2 x mean of the sample after 3 sigma clipping (Pearson's estimate).
    case mode
    /// Scale only: the reference frame's exposure / this frame's.
    case exposure
    /// Scale only: the light of the same stars in both frames (`Transparency`); their exposures where stars tell nothing.
    case stars
    /// The value of this card is the factor, or the offset.
    case keyword(String)
    /// The value of this card is the frame's level.
    case level(String)
    /// Factors or offsets of a text file, a line a frame in the order given, or `name value` lines.
    case file(String)
    /// Zero only: the median, and what a mesh of local medians says of the sky's shape besides (see `BackgroundMesh`).
    case mesh
    /// Scale only, the classic flat scaling: 1 / median, whatever the reference.
    case inverseMedian

    /// The text on the command line: `none`, `mean`, `median`, `mode`, `mesh`, `auto`, `exposure`, `stars`, `keyword:NAME`, `level:NAME`, `file:PATH`.
    public init?(parsing text: String) {
        switch text.lowercased() {
        case "none": self = .none
        case "auto": self = .auto
        case "mean": self = .mean
        case "median": self = .median
        case "mode": self = .mode
        case "mesh": self = .mesh
        case "exposure": self = .exposure
        case "stars": self = .stars
        case let lower:
            let rest = text.drop { $0 != ":" }.dropFirst()
            if rest.isEmpty { return nil }
            if lower.hasPrefix("keyword:") {
                self = .keyword(rest.uppercased())
            } else if lower.hasPrefix("level:") {
                self = .level(rest.uppercased())
            } else if lower.hasPrefix("file:") {
                self = .file(String(rest))
            } else {
                return nil
            }
        }
    }

    public var name: String {
        switch self {
        case .none: "none"
        case .auto: "auto"
        case .mean: "mean"
        case .median: "median"
        case .mode: "mode"
        case .mesh: "mesh"
        case .exposure: "exposure"
        case .stars: "stars"
        case .keyword(let name): "keyword:\(name)"
        case .level(let name): "level:\(name)"
        case .file(let path): "file:\(path)"
        case .inverseMedian: "1/median"
        }
    }

    /// Whether pixels must be sampled for it.
    var needsStatistics: Bool {
        switch self {
        case .mean, .median, .mode, .mesh, .inverseMedian: true
        case .none, .auto, .exposure, .stars, .keyword, .level, .file: false
        }
    }

    /// The card in which its numbers stand.
    var card: String? {
        switch self {
        case .keyword(let name), .level(let name): name
        default: nil
        }
    }

    /// Whether its numbers are the user's own factors or offsets, not levels.
    var isGiven: Bool {
        switch self {
        case .keyword, .file: true
        default: false
        }
    }
}
