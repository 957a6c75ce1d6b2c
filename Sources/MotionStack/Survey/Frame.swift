internal import Files
internal import FITS
internal import Sky

/// One input image as the survey found it. What is large is kept as it differs from the frames before (`SharedTexts`), so that a frame of a
/// long sequence takes about a kilobyte; what is larger still is read again when it is needed.
struct Frame: Sendable {
    /// What the plan goes on with; the rest is gone when the frames are selected and placed.
    private(set) var record: FrameRecord
    let kind: String?
    let object: String?
    /// Values of the cards that consistency rules look at.
    let cards: CardFacts
    let wcs: WCSFacts?
    private let sharedSite: SharedSite?
    private let rarities: Rarities?
    let warnings: [String]

    /// What most frames have not.
    struct Rare: Sendable {
        var timeProblem: String?
        var wcsProblem: String?
        /// Path of the file beside the frame from which the world coordinates came.
        var wcsPath: String?
        /// Number for `--scale keyword:` and `--zero keyword:`.
        var scaleCard: Double?
        var weightCard: Double?
        var zeroCard: Double?

        fileprivate var isEmpty: Bool {
            timeProblem == nil && wcsProblem == nil && wcsPath == nil && scaleCard == nil && zeroCard == nil
                && weightCard == nil
        }
    }

    private final class Rarities: Sendable {
        let value: Rare
        init(_ value: Rare) { self.value = value }
    }

    init(
        _ record: FrameRecord, kind: String?, object: String?, cards: CardFacts, wcs: WCSFacts?, site: SharedSite?,
        rare: Rare, warnings: [String]
    ) {
        self.record = record
        self.kind = kind
        self.object = object
        self.cards = cards
        self.wcs = wcs
        sharedSite = site
        rarities = rare.isEmpty ? nil : Rarities(rare)
        self.warnings = warnings
    }

    var path: String { record.raster.path }
    var raster: Raster { record.raster }
    var givenIndex: Int { record.givenIndex }
    var hdu: Int { record.hdu }
    var headerChecksum: UInt64 { record.headerChecksum }
    var time: FrameTime? { record.time }
    var wcsCards: PlateText? { record.wcsCards }
    private var rare: Rare { rarities?.value ?? Rare() }
    var timeProblem: String? { rare.timeProblem }
    var wcsProblem: String? { rare.wcsProblem }
    var wcsPath: String? { rare.wcsPath }
    var scaleCard: Double? { rare.scaleCard }
    var weightCard: Double? { rare.weightCard }
    var zeroCard: Double? { rare.zeroCard }
    var site: Site? { sharedSite?.site }

    mutating func move(days: Int) {
        var time = record.time
        time?.move(days: days)
        record = FrameRecord(
            givenIndex: givenIndex, hdu: hdu, raster: raster, headerChecksum: headerChecksum, time: time,
            wcsCards: wcsCards, detector: record.sharedDetector)
    }

    var name: String { PathParts.name(path) }
    var exposureSeconds: Double? { time?.exposureSeconds }
}

/// What is known of a frame to the end of the run. One object a frame, which survey, plans of all targets and report share.
final class FrameRecord: Sendable {
    /// Place in what was given.
    let givenIndex: Int
    let hdu: Int
    /// Where the pixels are, in the file or (gzip, means of planes) in the scratch file.
    let raster: Raster
    let headerChecksum: UInt64
    let time: FrameTime?
    /// World coordinates as text, read back by `WorldCoordinates(cards:)`; nil without a plate solution or above the size that is kept.
    let wcsCards: PlateText?
    fileprivate let sharedDetector: SharedDetector?
    /// Nil where the header says no gain.
    var detector: Detector? { sharedDetector?.detector }

    init(
        givenIndex: Int, hdu: Int, raster: Raster, headerChecksum: UInt64, time: FrameTime?, wcsCards: PlateText?,
        detector: SharedDetector?
    ) {
        self.givenIndex = givenIndex
        self.hdu = hdu
        self.raster = raster
        self.headerChecksum = headerChecksum
        self.time = time
        self.wcsCards = wcsCards
        sharedDetector = detector
    }
}

/// The observer that frames name; those that name the same one share it.
final class SharedSite: Sendable {
    let site: Site
    init(_ site: Site) { self.site = site }
}

/// The values of the cards that consistency rules look at: those of an earlier frame, and what differs from it.
struct CardFacts: Sendable {
    final class Base: Sendable {
        fileprivate let keywords: [String]
        fileprivate let facts: [CardFact?]

        init(_ keywords: [String], _ facts: [CardFact?]) {
            self.keywords = keywords
            self.facts = facts
        }
    }

    private struct Change {
        var index: Int
        var fact: CardFact?
    }

    private let base: Base
    private let changes: [Change]

    /// - Parameter facts: of the base's keywords.
    init(_ facts: [CardFact?], since base: Base) {
        self.base = base
        changes = zip(facts, base.facts).enumerated().compactMap { index, pair in
            // Equal values may be written differently.
            pair.0 == pair.1 && pair.0?.shown == pair.1?.shown ? nil : Change(index: index, fact: pair.0)
        }
    }

    subscript(keyword: String) -> CardFact? {
        guard let index = base.keywords.firstIndex(of: keyword) else { return nil }
        if let change = changes.first(where: { $0.index == index }) { return change.fact }
        return base.facts[index]
    }
}

/// A card's value, for comparison between frames.
final class CardFact: Hashable, Sendable {
    /// What is compared: upper case, units by their usual name.
    let text: String
    let number: Double?
    /// As the header has it, for messages.
    let shown: String

    /// Nil for an empty card, which is a missing one.
    init?(_ card: Card) {
        guard !card.isEmpty, card.value != .none, let written = card.text?.trimmedBlanks else { return nil }
        // A decimal comma in quotes is the same number.
        let isComma = !written.contains(".") && written.utf8.count(where: { $0 == UInt8(ascii: ",") }) == 1
        number = card.number ?? (isComma ? Double(String(written.map { $0 == "," ? "." : $0 })) : nil)
        shown = written
        if card.keyword == "BUNIT" {
            text = PixelUnit.name(written)
        } else {
            switch card.value {
            case .string, .complex, .unreadable: text = written.uppercased()
            default: text = number.map { "\($0)" } ?? written
            }
        }
    }

    static func == (a: CardFact, b: CardFact) -> Bool { a.text == b.text && a.number == b.number }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(number)
    }
}

/// A frame that takes no part, and why.
struct LeftOut: Sendable {
    var path: String
    var givenIndex: Int
    var reason: Reason
    /// What is known of it all the same.
    var frame: Frame?
    /// When it was exposed, and its kind, where no more than the header can be read.
    var time: FrameTime?
    var kind: String?

    init(path: String, givenIndex: Int, reason: Reason, frame: Frame? = nil) {
        self.path = path
        self.givenIndex = givenIndex
        self.reason = reason
        self.frame = frame
        time = frame?.time
        kind = frame?.kind
    }

    /// Reasons are grouped by `group` when they are told; `detail` is one frame's own.
    struct Reason: Sendable {
        enum Kind: String, Sendable {
            case missing, unreadable, size, time, plateSolution, ephemeris, overlap, stack, kind, duplicate, output,
                inconsistent, empty, lost, transparency
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

        /// No valid sample lies on the output.
        static let noData = Reason(
            .empty, "no data", "no data: no valid sample on the output (NaN, BLANK, thresholds, --no-data)")

        /// The file changed, or could not be read any more, while the run worked on it.
        static func lost(_ how: String) -> Reason { Reason(.lost, "lost during the run", how) }

        /// The plate solution contradicts those of the other frames.
        static func contradictedPlateSolution(_ problem: String) -> Reason {
            Reason(
                .plateSolution, "a plate solution unlike the others'",
                "a plate solution unlike the others': \(problem)")
        }
    }
}
