internal import Files
internal import FITS
internal import Sky

/// One input image as the survey found it. At most 4 KiB a frame: what is larger is read again when it is needed.
struct Frame: Sendable {
    var path: String { raster.path }
    /// Place in what was given.
    let givenIndex: Int
    let format: FileFormat
    let hdu: Int
    /// Where the pixels are, in the file or (gzip, means of planes) in the scratch file.
    let raster: Raster
    let headerChecksum: UInt64
    var time: FrameTime?
    let timeProblem: String?
    let kind: String?
    let object: String?
    /// Values of the cards that consistency rules look at.
    let cards: [String: CardFact]
    /// World coordinates as text, read back by `WorldCoordinates(cards:)`; nil without a plate solution or above the size that is kept.
    let wcsCards: [UInt8]?
    let wcs: WCSFacts?
    let wcsProblem: String?
    /// Path of the file beside the frame from which the world coordinates came.
    let wcsPath: String?
    /// Number for `--scale keyword:` and `--zero keyword:`.
    let scaleCard: Double?
    let zeroCard: Double?
    let site: Site?
    let warnings: [String]

    var name: String { String(path.split(separator: "/").last ?? Substring(path)) }
    var exposureSeconds: Double? { time?.exposureSeconds }
}

/// A card's value, for comparison between frames.
struct CardFact: Hashable, Sendable {
    /// What is compared: upper case, units by their usual name.
    var text: String
    var number: Double?
    /// As the header has it, for messages.
    var shown: String

    /// Nil for an empty card, which is a missing one.
    init?(_ card: Card) {
        guard !card.isEmpty, card.value != .none, let written = card.text?.trimmedBlanks else { return nil }
        // A decimal comma in quotes is the same number.
        let isComma = !written.contains(".") && written.utf8.count(where: { $0 == UInt8(ascii: ",") }) == 1
        number = card.number ?? (isComma ? Double(String(written.map { $0 == "," ? "." : $0 })) : nil)
        shown = written
        switch card.value {
        case .string, .complex, .unreadable: text = written.uppercased()
        default: text = number.map { "\($0)" } ?? written
        }
        if card.keyword == "BUNIT" { text = PixelUnit.name(written) }
    }

    static func == (a: CardFact, b: CardFact) -> Bool { a.text == b.text && a.number == b.number }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(number)
    }
}

/// What of a plate solution is compared between frames.
struct WCSFacts: Sendable {
    var center: SkyPosition
    var scaleArcsec: Double
    var rotationDegrees: Double
    var mirrored: Bool
}

/// A frame that takes no part, and why.
struct LeftOut: Sendable {
    var path: String
    var givenIndex: Int
    var reason: Reason
    /// What is known of it all the same.
    var frame: Frame?

    /// Reasons are grouped by `group` when they are told; `detail` is one frame's own.
    struct Reason: Sendable {
        enum Kind: String, Sendable {
            case missing, unreadable, size, time, plateSolution, ephemeris, overlap, stack, kind, duplicate, output,
                inconsistent
        }
        var kind: Kind
        var group: String
        var detail: String
        /// What the user can do about it; told once for all frames with the same remedy.
        var remedy: String?

        init(_ kind: Kind, _ group: String, _ detail: String? = nil, remedy: String? = nil) {
            self.kind = kind
            self.group = group
            self.detail = detail ?? group
            self.remedy = remedy
        }

        /// A frame's header, and the files beside it, hold no plate solution.
        static func noPlateSolution(_ problem: String?) -> Reason {
            let group = "no plate solution"
            return Reason(
                .plateSolution, group, problem.map { "\(group): \($0.withoutPrefix("not a plate solution: "))" },
                remedy:
                    "solve them with solve-field (astrometry.net) or ASTAP: what they write as NAME.wcs is read beside the frame, or from --wcs FOLDER"
            )
        }

        /// The plate solution contradicts those of the other frames.
        static func contradictedPlateSolution(_ problem: String) -> Reason {
            Reason(
                .plateSolution, "a plate solution unlike the others'",
                "a plate solution unlike the others': \(problem)")
        }
    }
}
