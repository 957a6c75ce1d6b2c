internal import Files
package import Sky

/// A track from a service's reply.
package struct ServiceTrack: MotionTrack {
    package let track: any MotionTrack
    package let source: String
    /// The larger of what the table loses between its rows and what the service says of the orbit.
    package let expectedErrorArcsec: Double?
    package let warnings: [String]
    package let service: ServiceRequest.Service
    /// The reply as it came: to be kept beside the product.
    package let replyPath: String
    /// Whether the service was asked now, or its reply was at hand.
    package let isFromCache: Bool
    /// Seconds after which the orbit may have changed so much that it is asked for again.
    package let lifetimeSeconds: Double
    /// Largest resident size of the program that asked; nil when none was started.
    package var helperPeakBytes: ByteCount?

    package var span: ClosedRange<Instant>? { track.span }
    package var quality: String? { track.quality }
    package var observer: Site? { track.observer }
    package func expectedDriftArcsec(overSeconds seconds: Double) -> Double? {
        track.expectedDriftArcsec(overSeconds: seconds)
    }
    package func place(at instant: Instant) throws(SkyError) -> SkyPosition { try track.place(at: instant) }

    private static let hour = 3600.0
    private static let day = 86_400.0

    /// From a reply on disk. Throws what the reader says of it.
    init(
        request: ServiceRequest, path: String, isFromCache: Bool, site: Site, span: ClosedRange<Instant>
    ) throws(SkyError) {
        service = request.service
        replyPath = path
        self.isFromCache = isFromCache
        let title = request.service.title + (isFromCache ? ", from the cache" : "")
        switch request.service {
        case .horizons:
            let table = try EphemerisTable.read(path: path, site: site)
            let covered = table.span ?? span
            guard covered.lowerBound <= span.lowerBound.advanced(bySeconds: 1),
                covered.upperBound >= span.upperBound.advanced(bySeconds: -1)
            else {
                throw SkyError(
                    .outsideTable, operation: "use the reply of JPL Horizons", subject: path,
                    detail:
                        "it covers \(covered.lowerBound.iso(decimals: 0)) to \(covered.upperBound.iso(decimals: 0)), "
                        + "the frames are from \(span.lowerBound.iso(decimals: 0)) to \(span.upperBound.iso(decimals: 0))"
                )
            }
            let uncertainty = Self.uncertainty(ofReply: (try? TextFile.read(path, in: LocalFiles())) ?? "")
            track = table
            source = table.source
            warnings =
                table.warnings
                + (uncertainty.map { $0 > 5 } ?? false
                    ? ["the orbit of \(request.object) is poor: 3 sigma of \(fixed(uncertainty ?? 0, 1)) arcsec (JPL)"]
                    : [])
            expectedErrorArcsec =
                [table.expectedErrorArcsec, uncertainty].compactMap { $0 }.max() ?? table.expectedErrorArcsec
            lifetimeSeconds =
                Self.isNumbered(request.object) || (uncertainty.map { $0 <= 1 } ?? false) ? 7 * Self.day : Self.day
        case .neofixer:
            let text = (try? TextFile.read(path, in: LocalFiles())) ?? ""
            let elements = try ElementFile.elements(of: request.object, in: Array(text.utf8), source: title)
            // Mean times and edges of exposures reach a little beyond the mid-exposures.
            let wider = span.lowerBound.advanced(bySeconds: -600)...span.upperBound.advanced(bySeconds: 600)
            let orbit = try OrbitTrack(elements: elements, site: site, span: wider)
            track = orbit
            source = orbit.source
            warnings = elements.warnings + orbit.warnings
            expectedErrorArcsec = orbit.expectedErrorArcsec
            let isYoung = (elements.quality.arcDays ?? 0) < 30 || (elements.quality.uncertainty ?? 9) >= 6
            lifetimeSeconds =
                ServiceSource.isCandidate(request.object) ? Self.hour : isYoung ? Self.day : 7 * Self.day
        }
    }

    private static func isNumbered(_ object: String) -> Bool {
        switch Designation(parsing: object) {
        case .number, .cometNumber: true
        default: false
        }
    }

    /// The largest 3-sigma uncertainty of a row (quantity 36), arcsec; nil where the table has none.
    package static func uncertainty(ofReply text: String) -> Double? {
        var columns: [Int] = []
        var largest: Double?
        var isInTable = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("$$EOE") { break }
            if line.hasPrefix("$$SOE") {
                guard columns.count == 2 else { return nil }
                isInTable = true
                continue
            }
            if !isInTable {
                guard line.contains("RA_3sigma") else { continue }
                let names = line.split(separator: ",", omittingEmptySubsequences: false)
                columns = names.indices.filter { names[$0].contains("RA_3sigma") || names[$0].contains("DEC_3sigma") }
                continue
            }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            var sum = 0.0
            for column in columns {
                guard column < fields.count, let value = Double(String(fields[column].filter { $0 != " " })), value >= 0
                else { return largest }
                sum += value * value
            }
            largest = max(largest ?? 0, sum.squareRoot())
        }
        return largest
    }
}
