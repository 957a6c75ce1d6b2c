import MotionStack
import Testing

/// Amounts of memory in words.
@Suite struct ByteCountTextTests {
    @Test(arguments: [
        ("2", 2_000_000_000), ("2.5", 2_500_000_000), ("0.5", 500_000_000), ("1e-3", 1_000_000),
        ("4096", 4_096_000_000_000),
        ("2GB", 2_000_000_000), ("2 GB", 2_000_000_000), ("2G", 2_000_000_000), ("2g", 2_000_000_000),
        (" 512mb ", 512_000_000), ("512 MiB", 536_870_912), ("2GiB", 2_147_483_648), ("1TiB", 1_099_511_627_776),
        ("64k", 64_000), ("1KiB", 1024), ("812B", 812), ("1e9B", 1_000_000_000), ("2e3MB", 2_000_000_000),
        (".5GB", 500_000_000), ("2.GB", 2_000_000_000), ("+2GB", 2_000_000_000), ("1_000MB", 1_000_000_000),
        ("1.5E1GB", 15_000_000_000), ("100 bytes", 100),
    ])
    func amounts(_ text: String, _ bytes: Int) throws {
        let found = try ByteCount.read(text)
        #expect(found.amount == ByteCount(bytes) && !found.isBareBytes, "\(text): \(found.amount.bytes)")
        #expect(ByteCount(parsing: text) == ByteCount(bytes))
    }

    @Test(arguments: [
        ("2e9", 2_000_000_000), ("2000000000", 2_000_000_000), ("4097", 4097), ("4096.5", 4097), ("5_000", 5000),
        ("2E+9", 2_000_000_000), ("2000000000.0", 2_000_000_000),
    ])
    func bareNumbersOver4096AreBytes(_ text: String, _ bytes: Int) throws {
        let found = try ByteCount.read(text)
        #expect(found.amount == ByteCount(bytes) && found.isBareBytes, "\(text): \(found.amount.bytes)")
    }

    @Test(arguments: [
        ("", "no number"), ("   ", "no number"), ("-1", "negative"), ("-2GB", "negative"), ("0", "it is 0"),
        ("0GB", "it is 0"), ("0.0", "it is 0"), ("2,5GB", "decimal point"), ("1,000,000", "decimal point"),
        ("nan", "begin with a number"), ("inf", "begin with a number"), ("GB", "begin with a number"),
        (".", "begin with a number"), (".GB", "begin with a number"), ("2GiBB", "'gibb' is no unit"),
        ("2 GB 3", "no unit"), ("2e", "'e' is no unit"), ("0x10", "'x10' is no unit"), ("2__0GB", "no unit"),
        ("1_GB", "no unit"), ("２GB", "begin with a number"), ("2ＧＢ", "no unit"), ("½GB", "begin with a number"),
        ("1e400", "too large"), ("99999999999TB", "more than any machine"), ("1e-12", "less than a byte"),
        ("2Gbit", "no unit"), ("50%", "'%' is no unit"), ("2\u{0}GB", "no unit"),
    ])
    func whatIsNoAmount(_ text: String, _ reason: String) {
        let error = #expect(throws: ByteCount.ParsingError.self) { try ByteCount.read(text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("512MB") == true)
        #expect(ByteCount(parsing: text) == nil)
    }
}
