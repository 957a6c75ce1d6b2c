/// Where an object is at any time: astrometric ICRS as seen from the observer's site.
public protocol MotionTrack: Sendable {
    /// Where the places come from, in words for reports.
    var source: String { get }
    /// The times for which there are places; nil for all.
    var span: ClosedRange<Instant>? { get }
    /// How far the places may be off, arcsec, as far as the source knows; nil when it does not.
    var expectedErrorArcsec: Double? { get }
    /// What the user should be told of the source.
    var warnings: [String] { get }
    /// How good the source is, in words for reports (epoch, arc, U, expected error); nil when nothing is known.
    var quality: String? { get }
    /// The observer for whom the places hold; nil when the source does not say.
    var observer: Site? { get }

    /// By how much the error of the places changes over so many seconds, arcsec: what blurs a stack. Nil when the
    /// source does not know.
    func expectedDriftArcsec(overSeconds seconds: Double) -> Double?
    /// Throws `.outsideTable` for a time that the source does not cover.
    func place(at instant: Instant) throws(SkyError) -> SkyPosition
}

extension MotionTrack {
    public var warnings: [String] { [] }
    public var quality: String? { nil }
    public var observer: Site? { nil }
    public func expectedDriftArcsec(overSeconds seconds: Double) -> Double? { nil }

    /// Speed and direction over one minute around the instant (shifted inwards at an end of the span or of a gap).
    public func motion(at instant: Instant) throws(SkyError) -> (
        rateArcsecPerMinute: Double, positionAngleDegrees: Double
    ) {
        var begin = instant.advanced(bySeconds: -30)
        var end = instant.advanced(bySeconds: 30)
        if let span {
            begin = max(begin, span.lowerBound)
            end = min(end, span.upperBound)
            if begin >= end {
                (begin, end) = (span.lowerBound, span.upperBound)
            }
        }
        // Beside a gap of the source the half that it covers tells.
        func place(near time: Instant) throws(SkyError) -> (time: Instant, position: SkyPosition) {
            do throws(SkyError) { return (time, try self.place(at: time)) } catch {
                guard error.code == .outsideTable else { throw error }
                return (instant, try self.place(at: instant))
            }
        }
        guard end > begin else { return (0, 0) }
        let (start, from) = try place(near: begin)
        let (stop, to) = try place(near: end)
        let seconds = stop.seconds(since: start)
        guard seconds > 0 else { return (0, 0) }
        let rate = from.separation(to: to) * 3600 / (seconds / 60)
        // The direction in the middle of the minute: at its start it differs near the poles.
        let middle = SkyPosition(vector: from.unitVector + to.unitVector)
        return (rate, rate == 0 ? 0 : middle.positionAngle(to: to))
    }
}
