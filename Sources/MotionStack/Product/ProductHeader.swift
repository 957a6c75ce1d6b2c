internal import FITS
internal import Sky

/// The cards of a product: those of the reference frame less what no longer holds, and what the stack is.
struct ProductHeader {
    let plan: IntegrationPlan
    let method: Combination
    let reference: Header
    let coordinates: WorldCoordinates?
    let options: IntegrationOptions

    var header: Header {
        var header = Header(cards: [
            Card("SIMPLE", .logical(true), comment: "conforms to FITS"),
            Card("BITPIX", .integer(-32), comment: "IEEE float32"), Card("NAXIS", .integer(2)),
            Card("NAXIS1", .integer(Int64(plan.width)), comment: "columns"),
            Card("NAXIS2", .integer(Int64(plan.height)), comment: "rows"), Card("EXTEND", .logical(true)),
        ])
        let own = ownCards
        let replaced = Set(own.map(\.keyword))
        for card in reference.cards {
            if replaced.contains(card.keyword) && card.value != .none || drops(card) { continue }
            if options.outputs.plain, card.isHierarch || card.records.count > 80 { continue }
            header.cards.append(card.conforming)
        }
        header.cards += worldCards
        header.cards += own
        if !options.outputs.plain { header.cards += classicCards }
        header.cards += history
        return header
    }

    // MARK: What does not hold for a stack

    private static let structural: Set<String> = [
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "BLOCKED", "INHERIT",
        "EXTNAME", "EXTVER",
        "EXTLEVEL", "CHECKSUM", "DATASUM", "BZERO", "BSCALE", "BLANK", "DATAMIN", "DATAMAX", "CBLACK", "CWHITE",
        "NEXTEND", "END",
        "ZIMAGE", "ZBITPIX", "ZCMPTYPE", "TFIELDS", "THEAP",
    ]
    /// What an earlier stack said of itself.
    private static let stackCards: Set<String> = [
        "FILLVAL", "MTPARTL", "MTLOST", "MTRATE", "MTPA", "MTSITE", "MTEPHEM", "MTTMEAN", "MTMETHOD", "MTREJECT",
        "GAINEFF", "RDNEFF", "SKYNOISE", "MTTRANS", "MTALIGN",
        "PHOTLIN", "NOISCORR",
        "COMBINED",
        "MOTION_TRACKED", "TRACKED_OBJECT", "CHUNKED_PROCESSING", "TOTAL_CHUNKS", "REFERENCE_TIME", "NCOMBINE",
        "STACKCNT",
        "CREATOR",
    ]
    private static let frameTimes: Set<String> = [
        "TIME-OBS", "LST", "ST", "HA", "AIRMASS", "CENTALT", "CENTAZ", "LOCALTIM", "TIMESYS", "TELAPSE", "XPOSURE",
        "TIME-BEG",
        "TIME-END", "HJD", "BJD", "OBJCTALT", "OBJCTAZ", "OBJCTHA", "ALTITUDE-OBJ",
    ]

    /// What tells one frame from another, or where on its chip its data lay.
    private static let oneFrames: Set<String> = ["TRIMSEC", "BIASSEC", "FILENAME", "ORIGFILE", "OBSERNO", "FRAMENO"]

    /// Magnitudes of one count a second, by any of their names.
    private static func isZeroPoint(_ keyword: String) -> Bool {
        ["MAGZ", "MAG_Z", "ZP", "ZEROP", "ZPOINT", "PHOTZ", "ABMAGZ", "ZMAG", "MZERO", "ZERO_P"].contains {
            keyword.hasPrefix($0)
        }
    }

    /// Whether a zero point of the reference frame is one of the stack: it has that frame's level, and clouds were looked for.
    private var keepsZeroPoints: Bool {
        [.average, .median].contains(method) && plan.referenceFrame.stars?.source == .stars
    }

    private func drops(_ card: Card) -> Bool {
        let keyword = card.keyword
        if Self.structural.contains(keyword) || Self.frameTimes.contains(keyword) { return true }
        if keyword.hasPrefix("NAXIS"), Int(keyword.dropFirst(5)) != nil { return true }
        for prefix in ["DATE", "UT", "MJD", "JD", "MIDTIM", "EXP"]
        where keyword.hasPrefix(prefix) && !card.isHierarch && card.value != .none {
            return true
        }
        if Self.stackCards.contains(keyword) || keyword.hasPrefix("MTREF") { return true }
        if options.input.timeRules.keywords.contains(where: { $0.uppercased() == keyword }) { return true }
        if Self.isZeroPoint(keyword), !keepsZeroPoints { return true }
        if Self.oneFrames.contains(keyword) || isCropped && keyword == "DATASEC" { return true }
        if coordinates != nil || isCropped, WorldCoordinates.isWorldCoordinateKeyword(keyword) { return true }
        return keyword == "CONTINUE"
    }

    private var isCropped: Bool {
        let raster = plan.referenceFrame.raster
        return plan.grid != OutputGrid(x: 0, y: 0, width: raster.width, height: raster.height)
    }

    /// The world coordinates of every image of the product.
    var worldCards: [Card] {
        guard let coordinates else { return [] }
        let shift = PixelPoint(x: Double(plan.grid.x), y: Double(plan.grid.y))
        return coordinates.outputCards(originShift: shift).map { keyword, value, comment in
            switch value {
            case .string(let text): Card(keyword, .string(text), comment: comment)
            case .logical(let flag): Card(keyword, .logical(flag), comment: comment)
            case .number(let number, let text):
                if let whole = Int64(text) {
                    Card(keyword, .integer(whole), comment: comment)
                } else {
                    Card(keyword, .real(number, text: ""), comment: comment)
                }
            case .undefined: Card(keyword, .undefined, comment: comment)
            }
        }
    }

    // MARK: What the stack is

    /// Plain products have no CONTINUE: long texts are cut.
    private func fitting(_ value: CardValue) -> CardValue {
        guard options.outputs.plain, case .string(let text) = value, text.utf8.count > 60 else { return value }
        return .string(String(text.prefix(60)))
    }

    private func real(_ value: Double) -> CardValue { .real(value, text: "") }

    private var ownCards: [Card] {
        var cards: [Card] = []
        func add(_ keyword: String, _ value: CardValue, _ comment: String) {
            cards.append(Card(keyword, fitting(value), comment: comment))
        }
        let count = plan.frames.count
        let lost = plan.leftOut.count(where: \.isLost)
        if lost > 0 {
            add("MTPARTL", .logical(true), "frames were lost during the run")
            add("MTLOST", .integer(Int64(lost)), "how many")
        }
        let letters = Calibrator.letters(options.input.calibration, before: reference)
        if options.input.calibration != nil, !letters.isEmpty {
            add("CALSTAT", .string(letters), "bias, dark, flat are taken off")
        }
        if plan.alignment == .wcs {
            add("MTALIGN", .string("wcs"), "frames lie on this grid by their world coordinates")
        }
        let flux = FluxScale(plan)
        if flux.isRelative {
            add("BUNIT", .string(""), "none: relative to each frame's median")
        } else if reference.string("BUNIT") == nil {
            add("BUNIT", .string(plan.unit ?? "adu"), "unit of the pixels")
        }
        if let object = plan.objectName {
            add("OBJECT", .string(object), plan.isStandard ? "name" : "object held still")
        }
        add("CREATOR", .string(MotionStackVersion.creator), "program that made this file")
        add("NCOMBINE", .integer(Int64(count)), "frames combined")
        add("STACKCNT", .integer(Int64(count)), "frames combined")
        if !plan.fill.isNaN { add("FILLVAL", real(Double(plan.fill)), "value of pixels without data") }
        addTimes(flux, add)
        addNoise(flux, add)
        add("PHOTLIN", .logical(flux.isLinear(method)), "pixel / EXPTIME is the flux a second")
        if let transparency = plan.referenceFrame.stars?.transparency {
            add("MTTRANS", real(transparency), "of the reference; 1: 80th percentile of the frames")
        }
        add("MTMETHOD", .string(method.rawValue), "combination")
        add("MTREJECT", .string(plan.rejection.name), "rejection")
        addMotion(add)
        return cards
    }

    private func addNoise(_ flux: FluxScale, _ add: (String, CardValue, String) -> Void) {
        let noise = StackNoise(plan, method)
        if !flux.isRelative, let (gain, read) = noise.detector {
            add("GAINEFF", real(gain.value), "gain of the \(method.rawValue), from \(gain.keyword)")
            if let read {
                add("RDNEFF", real(read.value), "[electron] read noise, from \(read.keyword) and \(gain.keyword)")
            }
        }
        if let sky = noise.sky { add("SKYNOISE", real(sky), "deviation of a pixel of the sky") }
        add("NOISCORR", real(noise.correlation), "white noise is this much lower by resampling")
    }

    private func addTimes(_ flux: FluxScale, _ add: (String, CardValue, String) -> Void) {
        let exposures = plan.frames.compactMap { $0.time?.exposureSeconds }
        let exposure = flux.exposureSeconds(method) ?? 0
        add("TIMESYS", .string("UTC"), "time scale of the dates")
        if let reference = plan.referenceTime {
            add("DATE-AVG", .string(reference.iso(decimals: 6)), "object at the held place")
            add("MJD-AVG", real(reference.utcModifiedJulianDate), "reference time")
            let start = reference.advanced(bySeconds: -exposure / 2)
            add("DATE-OBS", .string(start.iso(decimals: 6)), "DATE-AVG - EXPTIME/2")
            add("MJD-OBS", real(start.utcModifiedJulianDate), "DATE-OBS")
        }
        if let begin = plan.begin, let end = plan.end {
            add("DATE-BEG", .string(begin.iso(decimals: 3)), "start of the first exposure")
            add("DATE-END", .string(end.iso(decimals: 3)), "end of the last exposure")
            add("MJD-BEG", real(begin.utcModifiedJulianDate), "start of the first exposure")
            add("MJD-END", real(end.utcModifiedJulianDate), "end of the last exposure")
            add("TELAPSE", real(end.seconds(since: begin)), "[s] from start to end")
        }
        if let mean = plan.meanTime, let reference = plan.referenceTime, mean != reference {
            add("MTTMEAN", .string(mean.iso(decimals: 6)), "mean mid-exposure of the frames")
        }
        if !exposures.isEmpty {
            add("XPOSURE", real(exposures.reduce(0, +)), "[s] summed exposure")
            add("EXPTIME", real(exposure), "[s] exposure that the level stands for")
        }
    }

    private func addMotion(_ add: (String, CardValue, String) -> Void) {
        guard !plan.isStandard else { return }
        if let held = plan.heldPixel {
            add("MTREFX", real(held.x), "[pixel] held place, 1-based")
            add("MTREFY", real(held.y), "[pixel] held place, 1-based")
            if let sky = plan.heldSky {
                add("MTREFRA", real(sky.raDegrees), "[deg] object at DATE-AVG, ICRS")
                add("MTREFDEC", real(sky.decDegrees), "[deg] object at DATE-AVG, ICRS")
            }
        }
        if let motion = plan.motion {
            if let rate = motion.rateArcsecPerMinute { add("MTRATE", real(rate), "[arcsec/min] motion on the sky") }
            if let angle = motion.positionAngleDegrees { add("MTPA", real(angle), "[deg] north through east") }
            add("MTEPHEM", .string(motion.source), "source of the motion")
            if let error = motion.expectedErrorArcsec {
                add("MTEPHERR", real(error), "[arcsec] expected error of the places")
            }
        }
        if let site = plan.site { add("MTSITE", .string(Self.text(site)), "observer") }
    }

    private static func text(_ site: Site) -> String {
        if let code = site.code { return code }
        guard let latitude = site.latitudeDegrees else { return "geocentre" }
        return "\(site.longitudeDegrees),\(latitude),\(site.altitudeMetres ?? 0)"
    }

    /// The names that scripts written for the classic pipeline look for.
    private var classicCards: [Card] {
        meta.filter { $0.isClassic }.map { Card($0.keyword, $0.value, comment: "") }
    }

    struct Meta {
        var keyword: String
        var value: CardValue
        var isClassic: Bool
    }

    var meta: [Meta] { Self.meta(plan) }

    static func meta(_ plan: IntegrationPlan) -> [Meta] {
        var meta = [
            Meta(keyword: "COMBINED", value: .logical(true), isClassic: true),
            Meta(keyword: "MOTION_TRACKED", value: .logical(!plan.isStandard), isClassic: true),
            Meta(keyword: "CHUNKED_PROCESSING", value: .logical(plan.schedule.chunked), isClassic: true),
            Meta(keyword: "TOTAL_CHUNKS", value: .integer(Int64(plan.schedule.totalChunks)), isClassic: true),
        ]
        if !plan.isStandard, let object = plan.objectName {
            meta.append(Meta(keyword: "TRACKED_OBJECT", value: .string(object), isClassic: true))
        }
        if let time = plan.referenceTime {
            meta.append(Meta(keyword: "REFERENCE_TIME", value: .string(time.iso(decimals: 6)), isClassic: true))
        }
        return meta
    }

    private var history: [Card] {
        var lines = [
            "\(MotionStackVersion.creator): \(plan.frames.count) frames, \(method.rawValue), rejection \(plan.rejection.name)"
        ]
        lines.append("alignment \(plan.alignment.rawValue), interpolation \(plan.interpolation.rawValue)")
        lines.append("scale \(plan.scale.name), zero \(plan.zero.name)")
        if plan.weighting != .none { lines.append("weight \(plan.weighting.name)") }
        if !plan.rejection.isNone { lines.append("rejection \(plan.rejection.text(step: plan.rejectionFloor))") }
        lines += RequestText.lines(options)
        return lines.flatMap { Card.history($0) }
    }
}
