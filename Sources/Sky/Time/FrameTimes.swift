/// Finds when a frame was exposed, from its header.
///
/// Order: the named cards; DATE-AVG, MJD-AVG; the middle of DATE-BEG and DATE-END; a start (DATE-BEG, DATE-OBS with
/// TIME-OBS, UT, UTC-OBS or UTCSTART where it is a date alone, MJD-BEG, MJD-OBS, JD) and half the span (TELAPSE,
/// XPOSURE, EXPTIME, EXPOSURE, EXP). All others are held against it: more than 1 s and 2 % of the exposure apart is a
/// warning. Never JD-HELIO, HJD, BJD, DATE, DATE-LOC, LOCALTIM.
public enum FrameTimes {
    /// Fails with `.noTime` and the reason: no card, a date alone, no such moment, no span where one is needed.
    public static func read(_ header: some HeaderValues, rules: TimeRules = TimeRules()) -> Result<FrameTime, SkyError>
    {
        do throws(SkyError) {
            var reader = FrameTimeReader(cards: try TimeCards(header, rules: rules), rules: rules)
            return .success(try reader.read())
        } catch {
            return .failure(error)
        }
    }

    /// A time that a card gives, before it is brought to the middle of the exposure.
    struct Candidate {
        var source: String
        var meaning: TimeMeaning
        var instant: Instant
        var resolutionSeconds: Double
        /// A time of day whose date is another card's: it may be off by a day without contradicting.
        var isTimeOfDay = false
        /// For BEG and END together: the other end.
        var end: Instant?
    }

    /// Cards of which FITS says what they are.
    static let definedKeywords: Set<String> = ["DATE-AVG", "MJD-AVG", "DATE-BEG", "MJD-BEG", "DATE-END", "MJD-END"]
    static let timeOfDayKeywords = ["TIME-OBS", "UT", "UTC-OBS", "UTCSTART"]
    static let spanKeywords = ["TELAPSE", "XPOSURE", "EXPTIME", "EXPOSURE", "EXP"]
    static let exposureKeywords = ["XPOSURE", "EXPTIME", "EXPOSURE", "EXP", "TELAPSE"]

    static func noTime(_ detail: String) -> SkyError {
        SkyError(.noTime, operation: "read the time", detail: detail)
    }
}
