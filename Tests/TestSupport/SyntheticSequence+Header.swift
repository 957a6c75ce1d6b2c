import Foundation

extension SyntheticSequence {
    var bitpix: Int {
        switch sampleType {
        case .uint8, .int8: return 8
        case .int16, .uint16: return 16
        case .int32, .uint32: return 32
        case .int64, .uint64: return 64
        case .float32: return -32
        case .float64: return -64
        }
    }

    /// Physical value of raw 0.
    var bzero: Double {
        switch sampleType {
        case .int8: return -128 * bscale
        case .uint16: return 32768 * bscale
        case .uint32: return 2_147_483_648 * bscale
        case .uint64: return 9_223_372_036_854_775_808 * bscale
        default: return 0
        }
    }

    /// Raw value of a pixel without data in integer frames.
    var blank: Int64 {
        switch sampleType {
        case .uint8: return 0
        case .int8: return 0
        case .int16, .uint16: return -32768
        case .int32, .uint32: return -2_147_483_648
        default: return .min
        }
    }

    /// Header bytes of one frame: all HDUs up to the image's data.
    func headerBytes(of frame: Frame) -> [UInt8] {
        var image: [SyntheticCard] = [
            SyntheticCard("BITPIX", .integer(Int64(bitpix))), SyntheticCard("NAXIS", .integer(2)),
            SyntheticCard("NAXIS1", .integer(Int64(frame.width))),
            SyntheticCard("NAXIS2", .integer(Int64(frame.height))),
        ]
        if bitpix > 0 {
            if bzero != 0 || bscale != 1 {
                image.append(SyntheticCard("BZERO", .literal(plain(bzero))))
                image.append(SyntheticCard("BSCALE", .literal(plain(bscale))))
            }
            if missing > 0, noData == .blank { image.append(SyntheticCard("BLANK", .integer(blank))) }
        }
        var described = descriptiveCards(of: frame)
        var world = worldCards(of: frame)
        switch faults[frame.index] {
        case .noWorld?: world = []
        case .noTime?: break
        case .cards(let changed)?: SyntheticSequence.replace(&described, &world, with: changed)
        default: break
        }
        SyntheticSequence.replace(&described, &world, with: cards)
        if inExtension {
            let primary =
                [
                    SyntheticCard("SIMPLE", .logical(true)), SyntheticCard("BITPIX", .integer(8)),
                    SyntheticCard("NAXIS", .integer(0)), SyntheticCard("EXTEND", .logical(true)),
                ] + described
            image.insert(SyntheticCard("XTENSION", .text("IMAGE")), at: 0)
            image += [SyntheticCard("PCOUNT", .integer(0)), SyntheticCard("GCOUNT", .integer(1))]
            image += [SyntheticCard("EXTNAME", .text("SCI"))]
            return SyntheticSequence.padded(primary) + SyntheticSequence.padded(image + world)
        }
        image.insert(SyntheticCard("SIMPLE", .logical(true), "synthetic frame"), at: 0)
        return SyntheticSequence.padded(image + described + world)
    }

    private static func replace(
        _ described: inout [SyntheticCard], _ world: inout [SyntheticCard], with changed: [SyntheticCard]
    ) {
        for card in changed {
            if let place = world.firstIndex(where: { $0.keyword == card.keyword }) {
                world[place] = card
            } else if let place = described.firstIndex(where: { $0.keyword == card.keyword }) {
                described[place] = card
            } else {
                described.append(card)
            }
        }
    }

    private static func padded(_ cards: [SyntheticCard]) -> [UInt8] {
        var bytes = cards.flatMap { $0.record }
        bytes += Array("END".utf8)
        let size = (bytes.count + 2879) / 2880 * 2880
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: size - bytes.count))
        return bytes
    }

    /// Whole numbers without a point, as cameras write BZERO.
    private func plain(_ number: Double) -> String {
        if number == 9_223_372_036_854_775_808 { return "9223372036854775808" }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        return SyntheticCard.text(number)
    }

    private func descriptiveCards(of frame: Frame) -> [SyntheticCard] {
        var result: [SyntheticCard] = []
        var type = imageType
        if case .imageType(let other)? = faults[frame.index] { type = other }
        if !object.isEmpty { result.append(SyntheticCard("OBJECT", .text(object))) }
        if !filter.isEmpty { result.append(SyntheticCard("FILTER", .text(filter))) }
        if !type.isEmpty { result.append(SyntheticCard("IMAGETYP", .text(type))) }
        if !instrument.isEmpty { result.append(SyntheticCard("INSTRUME", .text(instrument))) }
        result.append(SyntheticCard("EXPTIME", .real(frame.exposure), "[s]"))
        result.append(SyntheticCard("GAIN", .real(gain), "[e/ADU]"))
        result.append(SyntheticCard("RDNOISE", .real(readNoise), "[e]"))
        if case .noTime? = faults[frame.index] {} else { result += timeCards(of: frame) }
        result += siteCards()
        if case .product? = faults[frame.index] {
            result.append(SyntheticCard("CREATOR", .text("motion-stack 0.1")))
            result.append(SyntheticCard("NCOMBINE", .integer(7)))
            result.append(SyntheticCard("STACKCNT", .integer(7)))
        }
        return result
    }

    private func timeCards(of frame: Frame) -> [SyntheticCard] {
        func iso(_ moment: SyntheticMoment) -> SyntheticCard.Value { .text(moment.iso(decimals: timeDecimals)) }
        switch timeForm {
        case .full: return [SyntheticCard("DATE-OBS", iso(frame.start), "UTC start of exposure")]
        case .date:
            return [
                SyntheticCard("DATE-OBS", .text(frame.start.date)),
                SyntheticCard("UTCSTART", .text(frame.start.time(decimals: timeDecimals))),
                SyntheticCard("UTCEND", .text(frame.end.rounded(decimals: timeDecimals).time(decimals: timeDecimals))),
            ]
        case .mjd: return [SyntheticCard("MJD-OBS", .literal(frame.start.modifiedJulianDateText), "start")]
        case .avg: return [SyntheticCard("DATE-AVG", .text(frame.middle.iso(decimals: 6)), "mid-exposure")]
        case .begEnd:
            return [SyntheticCard("DATE-BEG", iso(frame.start)), SyntheticCard("DATE-END", .text(frame.end.iso()))]
        case .jd: return [SyntheticCard("JD", .real(frame.start.julianDate), "start")]
        case .none: return []
        }
    }

    private func siteCards() -> [SyntheticCard] {
        guard let site else { return [] }
        func sexagesimal(_ degrees: Double) -> String {
            let seconds = Int((abs(degrees) * 3600).rounded())
            let text = String(format: "%02d %02d %02d.00", seconds / 3600, seconds / 60 % 60, seconds % 60)
            return (degrees < 0 ? "-" : "+") + text
        }
        switch siteForm {
        case .none: return []
        case .sitelat:
            return [
                SyntheticCard("SITELAT", .real(site.y)), SyntheticCard("SITELONG", .real(site.x), "east"),
                SyntheticCard("SITEELEV", .real(site.z)),
            ]
        case .sexagesimal:
            return [
                SyntheticCard("SITELAT", .text(sexagesimal(site.y))),
                SyntheticCard("SITELONG", .text(sexagesimal(site.x)), "East positive"),
                SyntheticCard("SITEELEV", .real(site.z)),
            ]
        case .obsgeo:
            return [
                SyntheticCard("OBSGEO-B", .real(site.y)), SyntheticCard("OBSGEO-L", .real(site.x)),
                SyntheticCard("OBSGEO-H", .real(site.z)),
            ]
        }
    }

    private func worldCards(of frame: Frame) -> [SyntheticCard] {
        guard worldForm != .none else { return [] }
        let p = frame.projection
        let (m11, m12, m21, m22) = p.matrix
        func number(_ keyword: String, _ value: Double) -> SyntheticCard {
            SyntheticCard(keyword, quotedNumbers ? .text(SyntheticCard.text(value)) : .real(value))
        }
        let ending: String
        switch p.distortion {
        case .none: ending = ""
        case .sip: ending = "-SIP"
        case .tpv: ending = tpvAsTan ? "" : "tpv"
        }
        let kind = ending == "tpv" ? "TPV" : "TAN" + ending
        var result = [
            SyntheticCard("CTYPE1", .text("RA---" + kind)), SyntheticCard("CTYPE2", .text("DEC--" + kind)),
            SyntheticCard("CUNIT1", .text("deg")), SyntheticCard("CUNIT2", .text("deg")),
            number("CRVAL1", p.centre.raDegrees), number("CRVAL2", p.centre.decDegrees),
            number("CRPIX1", p.referencePixel.x), number("CRPIX2", p.referencePixel.y),
            SyntheticCard("RADESYS", .text(p.system == .icrs ? "ICRS" : "FK5")),
        ]
        if p.system == .fk5 { result.append(number("EQUINOX", 2000)) }
        let step = p.scaleArcsec / 3600
        let step1 = p.mirrored ? step : -step
        switch worldForm {
        case .cd, .none:
            result += [number("CD1_1", m11), number("CD1_2", m12), number("CD2_1", m21), number("CD2_2", m22)]
        case .pc:
            result += [number("CDELT1", step1), number("CDELT2", step)]
            result += [number("PC1_1", m11 / step1), number("PC1_2", m12 / step1)]
            result += [number("PC2_1", m21 / step), number("PC2_2", m22 / step)]
        case .crota:
            // CROTA2 turns the other way round from the position angle of +y.
            result += [number("CDELT1", step1), number("CDELT2", step), number("CROTA2", -p.rotationDegrees)]
        }
        switch p.distortion {
        case .none: break
        case .sip:
            result += [SyntheticCard("A_ORDER", .integer(3)), SyntheticCard("B_ORDER", .integer(3))]
            result += [number("A_3_0", p.cubic), number("A_1_2", p.cubic), number("A_2_0", p.quadratic)]
            result += [number("B_0_3", p.cubic), number("B_2_1", p.cubic), number("B_0_2", p.quadratic)]
        case .tpv:
            for axis in 1...2 {
                result += [number("PV\(axis)_1", 1), number("PV\(axis)_4", p.quadratic)]
                result += [number("PV\(axis)_7", p.cubic), number("PV\(axis)_9", p.cubic)]
            }
        }
        return result
    }
}
