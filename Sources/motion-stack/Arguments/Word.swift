internal import ArgumentParser
internal import Files
internal import FITS
internal import Glibc
internal import MotionStack
internal import Sky

/// Words of the command line read as values. What cannot be read is a `ValidationError` that says what is expected.
enum Word {
    static func number(_ text: String, in range: ClosedRange<Double> = -1e300...1e300) throws -> Double {
        guard let value = Double(text), range.contains(value) else {
            let bounds =
                range.upperBound < 1e300 ? " from \(fixed(range.lowerBound, 0)) to \(fixed(range.upperBound, 0))" : ""
            throw ValidationError("expected a number\(bounds), not '\(text)'")
        }
        return value
    }

    static func positive(_ text: String) throws -> Double {
        guard let value = Double(text), value > 0, value.isFinite else {
            throw ValidationError("expected a number above 0, not '\(text)'")
        }
        return value
    }

    static func count(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw ValidationError(
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return value
    }

    static func horizonsID(_ text: String) throws -> Int {
        guard let id = Int(text), abs(id) < 1_000_000_000 else {
            throw ValidationError(
                "an id of JPL Horizons is a whole number (-170 the James Webb telescope, 301 the Moon), not '\(text)'")
        }
        return id
    }

    static func memory(_ text: String) throws -> MemoryText {
        do { return try MemoryText(text) } catch { throw ValidationError("\(error)") }
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(_ text: String) throws -> Choice
    where Choice.RawValue == String {
        guard let value = Choice(rawValue: text.lowercased()) else {
            throw ValidationError("expected \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not '\(text)'")
        }
        return value
    }

    /// Something that the design names but this version has not.
    static func notYet(_ text: String, _ instead: String) -> ValidationError {
        ValidationError("\(text) is not available yet; \(instead)")
    }

    static func combinations(_ text: String) throws -> [Combination] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { name in try choice(String(name)) }
    }

    static func maps(_ text: String) throws -> [StackMap] {
        if text == "none" { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            try choice(String(name))
        }
    }

    static func hdu(_ text: String) throws -> HDUSelection {
        if let index = Int(text) {
            guard index >= 0 else { throw ValidationError("HDUs are counted from 0 = primary, not '\(text)'") }
            return .index(index)
        }
        return .named(text)
    }

    static func colourFilter(_ text: String) throws -> Bool {
        guard text == "ignore" else { throw notYet("--cfa \(text)", "debayer the frames first, or --cfa ignore") }
        return true
    }

    static func alignment(_ text: String) throws -> Alignment {
        return try choice(text)
    }

    static func interpolation(_ text: String) throws -> Interpolation {
        try choice(text)
    }

    static func chunkMode(_ text: String) throws -> String {
        if text == "batch" { throw notYet("--chunk-mode batch", "exact reads every byte once, too") }
        guard text == "exact" else { throw ValidationError("expected exact, not '\(text)'") }
        return text
    }

    static func referenceTime(_ text: String) throws -> ReferenceTime {
        if text == "first" { return .first }
        if text == "mean" { return .mean }
        return .instant(try sky { try Instant(iso: text) })
    }

    /// UTC; a date alone is its midnight.
    static func instant(_ text: String) throws -> Instant {
        let isDate =
            text.utf8.count == 10 && !text.utf8.contains(UInt8(ascii: ":")) && !text.utf8.contains(UInt8(ascii: "."))
        return try sky { try Instant(iso: isDate ? text + "T00:00:00" : text) }
    }

    static func crop(_ text: String) throws -> Crop {
        guard let value = Crop(parsing: text) else {
            throw ValidationError("expected WxH or WxH@X,Y in pixels, not '\(text)'")
        }
        return value
    }

    static func pixel(_ text: String) throws -> FITSPixel {
        guard let value = FITSPixel(parsing: text) else {
            throw ValidationError("expected X,Y in pixels, not '\(text)'")
        }
        return value
    }

    static func section(_ text: String) throws -> PixelSection {
        guard let value = PixelSection(parsing: text) else {
            throw ValidationError("expected [x1:x2,y1:y2], pixels from 1, not '\(text)'")
        }
        return value
    }

    static func normalisation(_ text: String, _ option: String) throws -> Normalisation {
        guard let value = Normalisation(parsing: text) else {
            throw ValidationError(
                "expected none, mean, median, mode, \(option == "--zero" ? "mesh" : "auto, exposure"), keyword:NAME, level:NAME or file:PATH, not '\(text)'"
            )
        }
        return value
    }

    static func weighting(_ text: String) throws -> Weighting {
        guard let value = Weighting(parsing: text) else {
            throw ValidationError("expected none, auto, exposure, noise, keyword:NAME or file:PATH, not '\(text)'")
        }
        return value
    }

    /// Carries what Sky says of a word over to the parser.
    static func sky<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw ValidationError("\(error)") }
    }
}

/// What the machine has.
enum Machine {
    static var memoryBytes: Int64? {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        return pages > 0 && size > 0 ? Int64(pages) * Int64(size) : nil
    }
}
