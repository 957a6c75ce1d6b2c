/// How wide stars are in a frame, as its header says.
public enum StarWidth: Hashable, Sendable {
    case arcsec(Double)
    case pixels(Double)

    /// Full width at half maximum, from L1FWHM and SEEING (arcsec), FWHMPIX (pixels), or FWHM where its comment names the
    /// unit: programs write it in either. Nil where no card says anything plausible.
    public static func fullWidth(_ header: some HeaderValues) -> StarWidth? {
        for keyword in ["FWHMPIX", "L1FWHM", "FWHM", "SEEING"] {
            guard let width = header.headerNumber(keyword)?.value, width > 0.3, width < 30 else { continue }
            switch keyword {
            case "FWHMPIX": return .pixels(width)
            case "FWHM":
                let comment = (header.headerComment(keyword) ?? "").lowercased()
                if comment.contains("pix") { return .pixels(width) }
                if comment.contains("arcsec") || comment.contains("arc sec") { return .arcsec(width) }
            default: return .arcsec(width)
            }
        }
        return nil
    }

    /// In pixels of so many arcsec.
    public func pixels(scaleArcsec: Double) -> Double {
        switch self {
        case .arcsec(let width): width / scaleArcsec
        case .pixels(let width): width
        }
    }
}
