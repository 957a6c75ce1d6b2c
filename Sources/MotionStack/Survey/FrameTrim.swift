internal import FITS

/// The part of a frame that stays when it is trimmed.
struct FrameTrim {
    /// Of the frame as it was read, 0-based.
    let part: OutputGrid
    let rawWidth: Int
    let rawHeight: Int

    /// Why a frame has no such part.
    struct Problem: Error { var text: String }

    /// - Parameter header: of a frame of so many pixels.
    /// - Returns: nil where nothing is cut off.
    init?(_ header: Header, width: Int, height: Int, _ calibration: Calibration?) throws(Problem) {
        guard let trim = calibration?.trim else { return nil }
        part = try Self.part(trim, ["TRIMSEC", "DATASEC"], header, width: width, height: height, option: "--trim")
        (rawWidth, rawHeight) = (width, height)
    }

    /// A region of a frame: as it was given, or by the first of the cards that is there.
    static func part(
        _ region: Calibration.Region, _ keywords: [String], _ header: Header, width: Int, height: Int, option: String
    ) throws(Problem) -> OutputGrid {
        let section: PixelSection
        let source: String
        switch region {
        case .section(let given): (section, source) = (given, option)
        case .auto:
            guard let keyword = keywords.first(where: { header.string($0) != nil }) else {
                throw Problem(
                    text: "has no card \(keywords.joined(separator: " or ")); \(option) [x1:x2,y1:y2] says it")
            }
            let text = header.string(keyword)?.trimmedBlanks ?? ""
            guard let read = PixelSection(parsing: text) else {
                throw Problem(text: "its \(keyword) is '\(text)', no section [x1:x2,y1:y2]; \(option) says it")
            }
            (section, source) = (read, keyword)
        }
        guard section.x.upperBound <= width, section.y.upperBound <= height else {
            throw Problem(
                text:
                    "\(source) is [\(section.x.lowerBound):\(section.x.upperBound),\(section.y.lowerBound):\(section.y.upperBound)], and the frame has \(width) x \(height) pixels"
            )
        }
        return OutputGrid(
            x: section.x.lowerBound - 1, y: section.y.lowerBound - 1, width: section.x.count, height: section.y.count)
    }
}

extension Header {
    /// The header of the part that stays: reference pixels move along, and what tells of the parts of the detector goes.
    func trimmed(to part: OutputGrid) -> Header {
        var header = self
        header.remove {
            ["TRIMSEC", "BIASSEC", "DATASEC", "CCDSEC", "DETSEC", "AMPSEC", "LTV1", "LTV2"].contains($0.keyword)
        }
        for (axis, start) in [("1", part.x), ("2", part.y)] where start != 0 {
            // Alternate solutions have a letter at the end.
            for card in header.cards {
                guard card.keyword.hasPrefix("CRPIX\(axis)"), card.keyword.utf8.count <= 7, let value = card.number
                else {
                    continue
                }
                header.set(card.keyword, .real(value - Double(start)))
            }
        }
        return header
    }
}
