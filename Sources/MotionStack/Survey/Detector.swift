internal import FITS

/// What a frame's header says of its detector: electrons a unit of the samples, and the noise of reading them.
struct Detector: Hashable, Sendable {
    /// A card and its value.
    struct Number: Hashable, Sendable {
        let keyword: String
        let value: Double
    }

    /// [electron/adu], above 0.
    let gain: Number
    /// [electron], above 0; nil where the header does not say it.
    let readNoise: Number?

    /// Nil where the header says no gain.
    init?(_ header: Header) {
        func positive(_ keywords: [String]) -> Number? {
            for keyword in keywords {
                if let value = header.double(keyword), value > 0, value.isFinite {
                    return Number(keyword: keyword, value: value)
                }
            }
            return nil
        }
        guard let gain = positive(["EGAIN", "GAIN"]) else { return nil }
        self.gain = gain
        readNoise = positive(["RDNOISE", "READNOIS", "RON"])
    }
}

/// The detector that frames name; those that name the same one share it.
final class SharedDetector: Sendable {
    let detector: Detector
    init(_ detector: Detector) { self.detector = detector }
}
