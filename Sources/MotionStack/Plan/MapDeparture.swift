internal import Files
internal import FITS

/// How far the maps that are used depart from the full ones, in words: a shift follows neither rotation nor distortion.
struct MapDeparture {
    /// One frame.
    struct Item {
        var name: String
        /// Somewhere in the image, pixels.
        var whole: Double
        /// How fast it grows around the held place, pixels a pixel.
        var slope: Double
        /// Against the reference frame; nil where it is not known.
        var turnDegrees: Double?
        var isMirrored = false

        /// By half a turn, more or less: nothing but the held place lies where the reference frame has it.
        var isTurnedOver: Bool { !isMirrored && abs(turnDegrees ?? 0) > WCSFacts.halfTurn }
    }

    /// Those that depart by more than `smear`.
    private let items: [Item]
    /// Of all frames.
    private let count: Int

    /// Farther from the held place it was not looked how it grows.
    static let nearRadius = 200.0
    /// Above this a star's image is smeared.
    static let smear = 0.5
    /// Above this a standing stack ends with the warning.
    static let closing = 2.0

    init(_ placed: [Placement.PlacedFrame], reference: Frame) {
        count = placed.count
        items = placed.compactMap { placed in
            guard let whole = placed.mapError, whole > Self.smear else { return nil }
            var item = Item(name: placed.frame.name, whole: whole, slope: placed.mapErrorSlope ?? 0)
            if let own = placed.frame.wcs, let other = reference.wcs {
                item.turnDegrees = own.turnDegrees(against: other)
                item.isMirrored = own.mirrored != other.mirrored
            }
            return item
        }
    }

    private var worst: Item? { items.max { $0.whole < $1.whole } }

    /// "3 of 20 frames (a.fits, b.fits, ...)"
    private func frames(_ isMeant: (Item) -> Bool) -> String {
        let meant = items.filter(isMeant)
        let names = meant.prefix(3).map(\.name).joined(separator: ", ") + (meant.count > 3 ? ", ..." : "")
        return "\(meant.count) of \(count) frames (\(names))"
    }

    /// By how much they are turned, as far as that matters: "turned by up to 1.52 degrees".
    private static func turned(_ items: [Item]) -> String {
        let turns = items.compactMap(\.turnDegrees).map(abs)
        guard let most = turns.max(), most >= 0.005 else { return "distorted or scaled otherwise" }
        return "turned by up to \(fixed(most, 2)) degrees"
    }

    /// Of a standing stack by shifts; nil where there is nothing to say. `isClosing`: so much that the run ends with it.
    var standing: (text: String, isClosing: Bool)? {
        guard let worst else { return nil }
        let bound = worst.whole > Self.closing ? Self.closing : Self.smear
        let text =
            "a shift does not lay \(frames { $0.whole > bound }) over the reference frame: \(Self.turned(items)), they are off by up to \(fixed(worst.whole, 1)) pixels (\(worst.name)) away from the centre of the image, where stars are smeared or rejected; --align wcs turns them"
        return (text, bound == Self.closing)
    }

    /// Of a stack that is held on an object, or at the frame's centre where the object's place is not known; nil where
    /// there is nothing to say.
    func moving(isPlaceKnown: Bool) -> String? {
        let place = isPlaceKnown ? "held place" : "frame's centre"
        guard let worst else { return nil }
        let mirrored = items.filter(\.isMirrored)
        let turned = items.filter(\.isTurnedOver)
        let rest = items.filter { !$0.isMirrored && !$0.isTurnedOver }
        var sentences: [String] = []
        if let odd = rest.max(by: { $0.whole < $1.whole }) {
            let slope = rest.map(\.slope).max() ?? 0
            let isNear = slope * Self.nearRadius > Self.smear
            let radius = isNear ? fixed(Self.smear / slope, 0) : "more than \(fixed(Self.nearRadius, 0))"
            sentences.append(
                "frames are moved, not turned: \(frames { !$0.isMirrored && !$0.isTurnedOver }) are \(Self.turned(rest)) against the reference frame. At the \(place) all agree; half a pixel is reached \(radius) pixels from it, \(fixed(odd.whole, 1)) pixels at the edge of the image (\(odd.name)): an object that is larger than that, or other sources there, are smeared; --align wcs turns them"
            )
        }
        if !turned.isEmpty {
            sentences.append(
                "\(frames(\.isTurnedOver)) are turned by half a turn against the reference frame, as after a flip at the meridian: they agree with it at the \(place) alone, and an object that is d pixels off its predicted place comes out twice, 2 d apart; --align wcs turns them"
            )
        }
        if !mirrored.isEmpty {
            sentences.append(
                "\(frames(\.isMirrored)) are mirrored against the reference frame: they agree with it at the \(place) alone, and an object that is off its predicted place comes out twice; --align wcs mirrors them back"
            )
        }
        return sentences.joined(separator: "; ")
    }

    /// Of frames that nothing aligns though their plate solutions tell how they lie; nil where there is nothing to say.
    var unaligned: String? {
        guard let worst else { return nil }
        return
            "nothing aligns the frames, and by their plate solutions \(frames { _ in true }) lie elsewhere on the sky than the reference frame, by up to \(fixed(worst.whole, 1)) pixels (\(worst.name)): stars are smeared or rejected; --align shift lays the frames over each other"
    }
}
