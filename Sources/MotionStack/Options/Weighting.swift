/// How much each frame counts in averages and sums: one number a frame, the same for all its pixels. Rejection does not know it.
public enum Weighting: Hashable, Codable, Sendable {
    /// All frames count the same.
    case none
    /// As `noise` where frames are aligned and that lowers the noise of their mean by more than 1 %, else none.
    case auto
    /// The frame's exposure.
    case exposure
    /// 1 / variance of the frame's samples at the level of the sky, as they are normalised, before resampling.
    case noise
    /// As `noise`, over the area of the frame's stars (FWHM squared): what a point source is worth in it.
    case snr
    /// The value of this card.
    case keyword(String)
    /// Numbers of a text file, a line a frame in the order given, or `name number` lines.
    case file(String)

    /// The text on the command line: `none`, `auto`, `exposure`, `noise`, `snr`, `keyword:NAME`, `file:PATH`.
    public init?(parsing text: String) {
        switch text.lowercased() {
        case "none": self = .none
        case "auto": self = .auto
        case "exposure": self = .exposure
        case "noise": self = .noise
        case "snr": self = .snr
        case let lower:
            let rest = text.drop { $0 != ":" }.dropFirst()
            if rest.isEmpty { return nil }
            if lower.hasPrefix("keyword:") {
                self = .keyword(rest.uppercased())
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
        case .exposure: "exposure"
        case .noise: "noise"
        case .snr: "snr"
        case .keyword(let name): "keyword:\(name)"
        case .file(let path): "file:\(path)"
        }
    }

    /// Whether it is made of the measured noise of frames.
    var needsNoise: Bool { [.noise, .snr, .auto].contains(self) }

    /// The card in which its numbers stand.
    var card: String? {
        if case .keyword(let name) = self { name } else { nil }
    }
}
