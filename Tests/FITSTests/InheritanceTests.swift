import Files
import FITS
import Foundation
import Testing

@Suite struct InheritanceTests {
    private func inherited(_ primary: [String], _ own: [String]) throws -> Header {
        let folder = try ScratchFolder()
        let bytes =
            fitsBytes(
                ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0"]
                    + primary)
            + fitsBytes(
                [
                    "XTENSION= 'IMAGE   '", "BITPIX  =                    8", "NAXIS   =                    2",
                    "NAXIS1  =                    2", "NAXIS2  =                    2",
                    "PCOUNT  =                    0",
                    "GCOUNT  =                    1",
                ] + own, data: [1, 2, 3, 4])
        let file = try FITSFile.open(folder.write(bytes, "a.fits"), in: LocalFiles())
        #expect(file.warnings.isEmpty)
        return file.header(inheriting: try file.select(.firstImage))
    }

    @Test func takesWhatIsLacking() throws {
        let header = try inherited(
            [
                "DATE-OBS= '2020-01-01'", "EXPTIME = 30", "BZERO   = 5", "COMMENT  hello", "EXTNAME = 'P'",
                "PV1_1   = 1",
            ],
            ["EXPTIME = 60"])
        #expect(header.string("DATE-OBS") == "2020-01-01" && header.integer("EXPTIME") == 60)
        #expect(header["BZERO"] == nil && header["COMMENT"] == nil && header["EXTNAME"] == nil)
        #expect(header.cards.count { $0.keyword == "EXPTIME" } == 1 && header["PV1_1"] != nil)
        #expect(header["SIMPLE"] == nil && header.integer("NAXIS") == 2)
    }

    @Test func neverMixesTwoSolutions() throws {
        let primary = [
            "CTYPE1  = 'RA---TAN'", "CD1_1   = 1", "CRVAL1A = 5", "A_0_2   = 1", "A_ORDER = 2", "PV2_3   = 4",
            "CDELTM1 = 3",
            "CDS     = 4",
        ]
        let mixed = try inherited(primary, ["CRPIX1  = 1"])
        #expect(mixed.cards.map(\.keyword).suffix(3) == ["CRPIX1", "CDELTM1", "CDS"])
        #expect(try inherited(primary, ["GAIN    = 1"])["CTYPE1"] != nil)
    }
}
