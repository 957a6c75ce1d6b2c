public import MotionStack
internal import FITS
internal import Sky

extension JSONWriter {
    /// One element of the array that `inspect --json` prints.
    public func write(_ facts: FrameInspection) {
        object {
            text("path", facts.path)
            flag("usable", facts.usable)
            text("reason", facts.reason)
            text("format", facts.format?.rawValue)
            integer("hdu", facts.hdu)
            array("hdus") {
                for hdu in facts.hdus {
                    object {
                        integer("index", hdu.index)
                        text("name", hdu.name)
                        text("kind", hdu.kind.reportName)
                        integer("bitpix", hdu.bitpix)
                        array("shape") { for length in hdu.shape { integer(nil, length) } }
                        text("compression", hdu.compression)
                    }
                }
            }
            integer("bitpix", facts.bitpix)
            number("bzero", facts.bzero)
            number("bscale", facts.bscale)
            integer("width", facts.width)
            integer("height", facts.height)
            text("bunit", facts.unit)
            text("object", facts.object)
            text("time_utc", facts.time?.instant.reportText)
            text("time_source", facts.time?.source)
            number("time_resolution_s", facts.time?.resolutionSeconds)
            number("exposure_s", facts.time?.exposureSeconds)
            write(facts.world)
            write("site", facts.site)
            write(facts.statistics)
            texts("warnings", facts.warnings)
        }
    }

    private func write(_ world: FrameInspection.WorldFacts?) {
        guard let world else { return null("wcs") }
        object("wcs") {
            texts("ctype", world.ctype)
            number("center_ra_deg", world.center?.raDegrees)
            number("center_dec_deg", world.center?.decDegrees)
            number("scale_arcsec", world.scaleArcsec)
            number("rotation_deg", world.rotationDegrees)
            flag("mirrored", world.mirrored)
            text("distortion", world.distortion)
            text("reason", world.reason)
        }
    }

    private func write(_ statistics: PixelStatistics?) {
        guard let statistics else { return null("statistics") }
        object("statistics") {
            integer("finite", statistics.finite)
            integer("no_data", statistics.noData)
            number("minimum", statistics.minimum)
            number("maximum", statistics.maximum)
            number("mean", statistics.mean)
            number("median", statistics.median)
            number("background", statistics.background)
            number("noise", statistics.noise)
        }
    }
}

extension HDUKind {
    /// In snake_case.
    var reportName: String {
        switch self {
        case .image: "image"
        case .binaryTable: "binary_table"
        case .asciiTable: "ascii_table"
        case .randomGroups: "random_groups"
        case .compressedImage: "compressed_image"
        case .other: "other"
        }
    }
}
