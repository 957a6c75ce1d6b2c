import Testing

@testable import Sky

@Suite struct DesignationTests {
    @Test(.enabled(if: EphemerisData.isThere)) func packedPairs() throws {
        let rows = try EphemerisData.rows("packed_designations.csv") + EphemerisData.rows("objects.csv")
        #expect(rows.count > 50)
        for row in rows {
            let readable = try #require(row["designation"])
            let packed = try #require(row["packed"])
            let designation = try #require(Designation(parsing: readable))
            #expect(designation.packed == packed, "\(readable)")
            #expect(designation.description == readable)
            #expect(Designation(packed: packed) == designation, "\(packed)")
            #expect(Designation(parsing: packed) == designation, "\(packed)")
            #expect(Designation(parsing: readable.lowercased()) == designation, "\(readable)")
        }
    }

    @Test(arguments: [
        ("2025 BC", "2025 BC"), ("2025BC", "2025 BC"), ("2025 bc", "2025 BC"), ("K25B00C", "2025 BC"),
        ("433", "433"), ("(433)", "433"), ("433 Eros", "433"), ("(433) Eros", "433"), ("00433", "433"),
        ("C/2022 E3 (ZTF)", "C/2022 E3"), ("c/2022e3", "C/2022 E3"), ("2P", "2P"), ("2P/Encke", "2P"), ("2p", "2P"),
        ("73P-C", "73P-C"), ("332P-B/Ikeya-Murakami", "332P-B"), ("1I/`Oumuamua", "1I"), ("(2023 DZ2)", "2023 DZ2"),
        ("A904 OA", "1904 OA"), ("2040 P-L", "2040 P-L"), ("D/1993 F2-A", "D/1993 F2-A"), ("A/2019 N2", "A/2019 N2"),
        ("0003D      a", "3D-A"), ("Eros", "Eros"), ("P10vXyZ", "P10vXyZ"), ("ST26H88", "ST26H88"),
        ("van Gogh", "van Gogh"), ("  2025 BC  ", "2025 BC"), ("73P/Schwassmann-Wachmann 3", "73P"),
        ("73P/Schwassmann-Wachmann 3-C", "73P-C"), ("73P/Schwassmann-Wachmann 3-BB", "73P-BB"),
        ("153P/Ikeya-Zhang", "153P"), ("2P Encke", "2P"), ("P/2013 R3 (Catalina-PANSTARRS)-A", "P/2013 R3-A"),
        ("C/2019 Y4-B (ATLAS)", "C/2019 Y4-B"),
    ]) func typed(_ pair: (String, String)) throws {
        let designation = try #require(Designation(parsing: pair.0))
        #expect(designation.description == pair.1)
    }

    @Test func spellingsOfANameAreOne() {
        #expect(Designation.key("1I/'Oumuamua") == Designation.key("1I/ʻOumuamua"))
        #expect(Designation.key("Čapek") == Designation.key("capek"))
        #expect(Designation(parsing: "2025BC")?.key == Designation(parsing: "K25B00C")?.key)
        #expect(Designation(parsing: "") == nil)
        #expect(Designation(parsing: "   ") == nil)
    }

    @Test func everyNumberPacksAndUnpacks() {
        var numbers = Array(1...200) + [9_999, 99_999, 100_000, 619_999, 620_000, 15_396_335]
        for step in 1...300 { numbers.append(step * 51_321) }
        for number in numbers where number <= 15_396_335 {
            guard let packed = Designation.number(number).packed else {
                Issue.record("\(number) does not pack")
                continue
            }
            #expect(Designation(packed: packed) == .number(number), "\(number) \(packed)")
        }
        #expect(Designation.number(15_396_336).packed == nil)
    }

    @Test func everyOrderPacksAndUnpacks() {
        for year in [1925, 1999, 2000, 2026] {
            for half in ["A", "H", "J", "Y"] {
                for letter in ["A", "H", "J", "Z"] {
                    for order in [0, 1, 9, 10, 99, 100, 359, 360, 619, 620, 6190] {
                        let designation = Designation.provisional(
                            .init(year: year, halfMonth: half, letter: letter, order: order))
                        guard let packed = designation.packed else {
                            #expect(order >= 620 && year < 2000, "\(designation)")
                            continue
                        }
                        #expect(Designation(packed: packed) == designation, "\(designation) \(packed)")
                        #expect(Designation(readable: designation.description) == designation)
                    }
                }
            }
        }
    }
}
