import CKernels
import TestSupport
import Testing

/// The decode kernels give the same bits as their twin, in every variant.
@Suite struct DecodeTests {
    static let rules: [DecodeTwin] = {
        var rules = [DecodeTwin()]
        for (scale, zero) in [
            (1, 32768), (1, -128), (1, 0x1p31), (1, 0x1p63), (2, 5), (0.1, 0.3), (1, 0.5), (-1, 0), (1e300, 0),
            (1e-42, 0), (0, -0.0), (1, 1e30), (1, 16_777_215), (1, -0.0), (.nan, 0), (1, -0x1p64), (1, 1e9),
        ] as [(Double, Double)] {
            var rule = DecodeTwin()
            (rule.scale, rule.zero) = (scale, zero)
            rules.append(rule)
        }
        for base in rules {
            var rule = base
            rule.blank = -1
            rule.low = 3.5
            rules.append(rule)
            rule.blank = 255
            rule.unsigned = true
            rule.high = 40000
            rules.append(rule)
            rule = base
            rule.noData = 7
            rules.append(rule)
            rule.noData = 32775
            rule.low = -1e9 - 0.25
            rule.high = 1e9 + 0.25
            rule.blank = 1 << 40
            rules.append(rule)
        }
        return rules
    }()

    static func parameters(_ twin: DecodeTwin) -> ms_decode_params {
        var p = ms_decode_params()
        p.bscale = twin.scale
        p.bzero = twin.zero
        var flags: UInt32 = 0
        if let blank = twin.blank { (p.blank, flags) = (blank, flags | UInt32(MS_DECODE_BLANK)) }
        if let low = twin.low { (p.low, flags) = (low, flags | UInt32(MS_DECODE_LOW)) }
        if let high = twin.high { (p.high, flags) = (high, flags | UInt32(MS_DECODE_HIGH)) }
        if let noData = twin.noData { (p.no_data, flags) = (noData, flags | UInt32(MS_DECODE_NO_DATA)) }
        if twin.unsigned { flags |= UInt32(MS_DECODE_UNSIGNED) }
        p.flags = flags
        return p
    }

    /// Decodes `raw` from every alignment in turn and holds it against `expected`.
    static func check(
        _ format: KeyPath<ms_kernels, ms_decode_fn?>, _ columnsFormat: KeyPath<ms_kernels, ms_decode_columns_fn?>,
        _ sumFormat: KeyPath<ms_kernels, ms_decode_sum_fn?>, _ raw: [UInt8], _ size: Int, _ twin: DecodeTwin,
        _ expected: [Float]
    ) throws {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: raw.count + 128, alignment: 64)
        defer { bytes.deallocate() }
        var parameters = parameters(twin)
        for kernels in variants() {
            let decode = try #require(kernels[keyPath: format])
            for n in [expected.count, 1, 3, 0, 7, 17, 40] where n <= expected.count {
                let offset = (n * 5 + 1) % 64
                raw.withUnsafeBytes {
                    (bytes + offset).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(bytes), byteCount: raw.count)
                }
                let out = AlignedSamples([Float](repeating: -9, count: n + 1), offset: offset % 16 * 4)
                decode((bytes + offset).assumingMemoryBound(to: UInt8.self), out.pointer, n, &parameters)
                let values = out.values
                if let bad = (0..<n).first(where: { !same(values[$0], expected[$0]) }) {
                    Issue.record(
                        "\(kernels.title), \(size) bytes, n \(n), \(twin): [\(bad)] is \(values[bad]), not \(expected[bad])"
                    )
                }
                #expect(values[n] == -9, "wrote beyond the end")

                // Straight into column blocks of three frames, of which the second is written.
                let blank = [Float](repeating: -9, count: n)
                let blocks = AlignedSamples(RowTwins.columns([blank, Array(expected[..<n]), blank]).map { _ in -9 })
                let decodeColumns = try #require(kernels[keyPath: columnsFormat])
                decodeColumns(
                    (bytes + offset).assumingMemoryBound(to: UInt8.self), n, blocks.pointer, 1, 3, &parameters)
                let wanted = RowTwins.columns([blank, Array(expected[..<n]), blank])
                let got = blocks.values
                if let bad = got.indices.first(where: { $0 / 16 % 3 == 1 && !same(got[$0], wanted[$0]) }) {
                    Issue.record("\(kernels.title), \(size) bytes in columns, n \(n), \(twin): \(bad)")
                }
                #expect(!got.indices.contains { $0 / 16 % 3 != 1 && got[$0] != -9 }, "wrote into another frame")

                // Added up, with counts and without.
                var sums = (0..<n + 1).map { Double($0) * 0.1 }
                var counts = [Int32](repeating: 3, count: n + 1)
                let start = sums
                RowTwins.accumulateSum(Array(expected[..<n]), &sums, &counts)
                let decodeSum = try #require(kernels[keyPath: sumFormat])
                for isCounted in [true, false] {
                    var gotSums = start
                    var gotCounts = [Int32](repeating: 3, count: n + 1)
                    let valid = gotCounts.withUnsafeMutableBufferPointer { pointer in
                        decodeSum(
                            (bytes + offset).assumingMemoryBound(to: UInt8.self), n, &gotSums,
                            isCounted ? pointer.baseAddress : nil, &parameters)
                    }
                    #expect(valid == expected[..<n].count { !$0.isNaN })
                    #expect(
                        gotSums.map(\.bitPattern) == sums.map(\.bitPattern), "\(kernels.title) sums, n \(n), \(twin)")
                    #expect(gotCounts == (isCounted ? counts : [Int32](repeating: 3, count: n + 1)))
                }
            }
        }
    }

    static func bigEndian<Raw: FixedWidthInteger>(_ raw: [Raw]) -> [UInt8] {
        raw.flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    }

    /// All corners and some random ones.
    static func integers<Raw: FixedWidthInteger>(_: Raw.Type, _ seed: UInt64) -> [Raw] {
        var random = SeededGenerator(seed: seed)
        var values: [Raw] = [0, 1, .max, .min, .max - 1, .min + 1, 7, 3, 4, 127, 100]
        for shift in 0..<Raw.bitWidth {
            values += [1 << shift, (1 << shift) &+ 1, 0 &- (1 << shift), (3 << shift) &- 1]
        }
        while values.count < 303 { values.append(Raw(truncatingIfNeeded: random.next() >> random.below(60))) }
        return values
    }

    @Test func integers8() throws {
        let raw = [UInt8](0...255) + [UInt8](0...20)
        for rule in Self.rules {
            try Self.check(\.decode_u8, \.decode_u8_columns, \.decode_u8_sum, raw, 1, rule, raw.map(rule.sample))
        }
    }

    @Test func integers16() throws {
        let raw = Self.integers(Int16.self, 21)
        for rule in Self.rules {
            let expected = raw.map { rule.unsigned ? rule.sample(UInt16(bitPattern: $0)) : rule.sample($0) }
            try Self.check(\.decode_i16, \.decode_i16_columns, \.decode_i16_sum, Self.bigEndian(raw), 2, rule, expected)
        }
    }

    @Test func every16BitValue() throws {
        let raw = (0...UInt16.max).map { Int16(bitPattern: $0) }
        var rule = DecodeTwin()
        rule.zero = 32768
        rule.blank = 12
        rule.high = 65000
        try Self.check(
            \.decode_i16, \.decode_i16_columns, \.decode_i16_sum, Self.bigEndian(raw), 2, rule, raw.map(rule.sample))
    }

    @Test func integers32() throws {
        let raw = Self.integers(Int32.self, 22)
        for rule in Self.rules {
            try Self.check(
                \.decode_i32, \.decode_i32_columns, \.decode_i32_sum, Self.bigEndian(raw), 4, rule, raw.map(rule.sample)
            )
        }
    }

    @Test func integers64() throws {
        let raw = Self.integers(Int64.self, 23)
        for rule in Self.rules {
            try Self.check(
                \.decode_i64, \.decode_i64_columns, \.decode_i64_sum, Self.bigEndian(raw), 8, rule, raw.map(rule.sample)
            )
        }
    }

    static let specials: [Double] = [
        0, -0.0, 1, -1, 3.5, 7, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-40,
        -1e-45, 3.4e38, 3.5e38, 1e39, -1e39, 0.1, 32775, 40000, 40000.5, 16_777_217, 0x1p-149, 0x1p-150, 0x1.8p-150,
    ]

    @Test func real32() throws {
        var random = SeededGenerator(seed: 24)
        var raw = Self.specials.map { Float($0) } + [.leastNonzeroMagnitude, .greatestFiniteMagnitude, .signalingNaN]
        while raw.count < 300 { raw.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))) }
        for rule in Self.rules {
            try Self.check(
                \.decode_f32, \.decode_f32_columns, \.decode_f32_sum, Self.bigEndian(raw.map(\.bitPattern)), 4, rule,
                raw.map { rule.sample(Double($0)) })
        }
    }

    @Test func real64() throws {
        var random = SeededGenerator(seed: 25)
        var raw = Self.specials
        while raw.count < 200 { raw.append(Double(bitPattern: random.next())) }
        while raw.count < 300 { raw.append(random.normal() * 1e5) }
        for rule in Self.rules {
            try Self.check(
                \.decode_f64, \.decode_f64_columns, \.decode_f64_sum, Self.bigEndian(raw.map(\.bitPattern)), 8, rule,
                raw.map { rule.sample($0) })
        }
    }
}
