/// The MPC's observatory codes: text in the program's read-only pages, searched in place.
enum SiteCodes {
    struct Entry: Sendable {
        let code: String
        let name: String
        /// East, degrees, and the parallax constants; nil for roving observers and spacecraft.
        let constants: (longitudeDegrees: Double, rhoCosPhi: Double, rhoSinPhi: Double)?
    }

    /// The entry of a code as the MPC writes it (three characters, upper-case letter first).
    static func entry(_ code: String) -> Entry? {
        let wanted = Array(code.utf8)
        guard wanted.count == 3 else { return nil }
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var low = 0
        var high = bytes.count
        while low < high {
            // The line that holds the middle.
            var start = (low + high) / 2
            while start > low, bytes[start - 1] != 0x0A { start -= 1 }
            var end = start
            while end < high, bytes[end] != 0x0A { end += 1 }
            guard end - start > 3 else { return nil }
            switch order(bytes, start, wanted) {
            case 0: return parse(String(decoding: bytes[start..<end], as: UTF8.self))
            case 1: high = start
            default: low = min(end + 1, high)
            }
        }
        return nil
    }

    /// -1 where the line at `start` comes before the code, 1 where it comes after.
    private static func order(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ wanted: [UInt8]) -> Int {
        for (offset, byte) in wanted.enumerated() where bytes[start + offset] != byte {
            return bytes[start + offset] < byte ? -1 : 1
        }
        return 0
    }

    private static func parse(_ line: String) -> Entry? {
        let parts = line.split(separator: " ", maxSplits: 4)
        guard parts.count >= 4 else { return nil }
        let name = parts.count > 4 ? String(parts[4]) : ""
        guard let longitude = Double(parts[1]), let cos = Double(parts[2]), let sin = Double(parts[3]) else {
            return Entry(code: String(parts[0]), name: name, constants: nil)
        }
        return Entry(code: String(parts[0]), name: name, constants: (longitude, cos, sin))
    }
}

extension Site {
    /// The site of an MPC observatory code (three characters, letters in either case); nil for an unknown one and for
    /// those without a fixed place (roving observers, spacecraft): see `named`.
    public static func code(_ code: String) -> Site? {
        guard let entry = SiteCodes.entry(code) ?? SiteCodes.entry(code.uppercased()),
            let constants = entry.constants
        else { return nil }
        return Site(
            code: entry.code, longitudeDegrees: constants.longitudeDegrees, rhoCosPhi: constants.rhoCosPhi,
            rhoSinPhi: constants.rhoSinPhi)
    }

    /// The same with a reason. Throws `.badSite` for a code that is not in the table, or that has no fixed place.
    public static func named(_ code: String) throws(SkyError) -> Site {
        if let site = Self.code(code) { return site }
        let operation = "find the observatory"
        if let entry = SiteCodes.entry(code) ?? SiteCodes.entry(code.uppercased()) {
            throw SkyError(
                .badSite, operation: operation, subject: code,
                detail: "\(entry.name) has no fixed place on the ground; give longitude, latitude and altitude")
        }
        throw SkyError(
            .badSite, operation: operation, subject: code,
            detail: "the code is not in the MPC's list as of October 2026; give longitude, latitude and altitude")
    }

    /// The observatory's name in the MPC's list; nil without a code.
    public var observatoryName: String? { code.flatMap { SiteCodes.entry($0)?.name } }
}
