import CKernels
import TestSupport
import Testing

/// The combine kernel gives the same bits as its twin, in every variant.
@Suite struct CombineTests {
    /// Kinds of samples that columns are made of.
    enum Kind: CaseIterable {
        case counts, real, ties, wide, denormal, constant, signedZero, outliers, coarse

        func sample(_ random: inout SeededGenerator) -> Float {
            switch self {
            case .counts: Float((1000 + 30 * random.normal()).rounded())
            case .real: Float(100 + 5 * random.normal())
            case .ties: Float(random.below(5)) - 2
            case .wide:
                Float(sign: random.below(2) == 0 ? .plus : .minus, exponent: random.below(240) - 120, significand: 1)
                    * Float(1 + random.unit())
            case .denormal: Float(bitPattern: UInt32(random.below(40))) * (random.below(2) == 0 ? 1 : -1)
            case .constant: 42.5
            case .signedZero: random.below(2) == 0 ? 0.0 : -0.0
            // Sums of two round in float32 here: a kernel that counts in float32 must correct itself.
            case .coarse: 33_554_432 + 4 * Float(random.below(60))
            case .outliers:
                random.below(12) == 0 ? Float(60000 * random.unit()) : Float((900 + 20 * random.normal()).rounded())
            }
        }
    }

    static func columns(_ count: Int, frames: Int, gaps: Int, _ random: inout SeededGenerator) -> [[Float]] {
        (0..<count).map { lane in
            let kind = Kind.allCases[(lane + random.below(2)) % Kind.allCases.count]
            return (0..<frames).map { _ in
                gaps > 0 && random.below(100) < gaps ? .nan : kind.sample(&random)
            }
        }
    }

    /// A cycle through everything that can be set.
    static func twin(_ i: Int) -> CombineTwin {
        var twin = CombineTwin(i % 9 == 8 ? "none" : "sigma")
        twin["center"] = Double(i % 2)
        twin["deviation"] = Double(i / 2 % 2)
        twin["max-iterations"] = [5, 0, 1][i / 4 % 3]
        twin["min-keep"] = [1, 0, 3, 7][i / 3 % 4]
        twin["floor"] = [0, 0, 2.5][i / 5 % 3]
        (twin["low"], twin["high"]) = [(4, 3), (1.5, 1), (0.4, 0.6), (3, .infinity)][i / 7 % 4]
        twin.framesUsed = 1 + i
        twin.fill = i % 2 == 0 ? .nan : -1
        return twin
    }

    @Test(arguments: 0..<4) func everyLengthTo130(part: Int) throws {
        var random = SeededGenerator(seed: UInt64(100 + part))
        for frames in stride(from: 1 + part, through: 130, by: 4) {
            try check(Self.columns(16, frames: frames, gaps: 0, &random), CombineTwin(), "default")
            try check(Self.columns(16, frames: frames, gaps: 0, &random), Self.twin(frames / 4), "cycle")
            try check(Self.columns(16, frames: frames, gaps: 10, &random), Self.twin(frames / 4 + 7), "gaps")
        }
    }

    @Test func everyOption() throws {
        var random = SeededGenerator(seed: 2)
        for i in 0..<252 {
            let frames = [3, 10, 17, 33, 50][i % 5]
            try check(Self.columns(32, frames: frames, gaps: i % 3 * 15, &random), Self.twin(i), "options \(i)")
        }
    }

    @Test func noDataInEveryPosition() throws {
        var random = SeededGenerator(seed: 3)
        for frames in [1, 2, 3, 8, 9, 15, 16, 17, 31, 50, 64, 65] {
            let full = (0..<frames).map { _ in Kind.outliers.sample(&random) }
            // One gap at each place; then gaps from each place on; then up to each place.
            var columns = (0..<frames).map { at in full.enumerated().map { $0.offset == at ? Float.nan : $0.element } }
            columns += (0..<frames).map { at in full.enumerated().map { $0.offset >= at ? Float.nan : $0.element } }
            columns += (0..<frames).map { at in full.enumerated().map { $0.offset <= at ? Float.nan : $0.element } }
            try check(columns, CombineTwin(), "one gap at each place")
        }
    }

    @Test func noSampleAtAll() throws {
        var twin = CombineTwin()
        twin.fill = -3
        for frames in [1, 5, 16, 40] {
            let columns = [[Float]](repeating: [Float](repeating: .nan, count: frames), count: 16)
            try check(columns, twin, "no data")
            var plain = CombineTwin("none")
            plain.fill = -3
            try check(columns, plain, "no data, no rejection")
        }
    }

    @Test func severalBlocks() throws {
        var random = SeededGenerator(seed: 4)
        for frames in [4, 20, 50, 77] {
            try check(Self.columns(16 * 21, frames: frames, gaps: 0, &random), CombineTwin(), "21 blocks")
            try check(Self.columns(16 * 9, frames: frames, gaps: 3, &random), CombineTwin(), "9 blocks with gaps")
        }
    }

    @Test func randomLengthsTo3000() throws {
        var random = SeededGenerator(seed: 5)
        for i in 0..<14 {
            let frames = 131 + random.below([150, 400, 1000][i % 3])
            try check(Self.columns(16, frames: frames, gaps: i % 2 * 2, &random), Self.twin(i * 5), "long \(i)")
        }
        for frames in [1023, 2049, 3000] {
            try check(Self.columns(16, frames: frames, gaps: frames % 2, &random), CombineTwin(), "very long")
        }
    }

    @Test func minimumKept() throws {
        var random = SeededGenerator(seed: 6)
        for minKeep in [0, 1, 2, 5, 30, 100] {
            var twin = CombineTwin()
            twin["min-keep"] = Double(minKeep)
            (twin["low"], twin["high"]) = (0.3, 0.2)
            for frames in [2, 9, 30, 64] {
                try check(Self.columns(32, frames: frames, gaps: 5, &random), twin, "min_keep \(minKeep)")
            }
        }
    }

    static let rules: [String] = {
        var names: [String] = []
        while let rule = ms_rule_at(names.count)?.pointee { names.append(String(cString: rule.name)) }
        return names
    }()

    @Test func everyRuleHasItsTwin() {
        #expect(Self.rules.first == "none")
        #expect(Self.rules.sorted() == RejectionTwin.all.map(\.name).sorted())
        for (number, name) in Self.rules.enumerated() { #expect(ms_rule_named(name) == number) }
        #expect(ms_rule_named("abacus") == -1)  // SIZE_MAX
    }

    @Test(arguments: rules) func everyRule(rule: String) throws {
        var random = SeededGenerator(seed: 7 + UInt64(ms_rule_named(rule)))
        for (i, frames) in (Array(1...40) + [49, 50, 64, 65, 100, 130, 257, 600]).enumerated() {
            var twin = Self.twin(i)
            twin.rejection = CombineTwin(rule).rejection
            (twin["nlow"], twin["nhigh"]) = (Double(i % 4), Double(i % 3))
            if rule == "percentile" { (twin["low"], twin["high"]) = [(0.1, 0.2), (0, 0), (1.5, 0.01)][i % 3] }
            try check(Self.columns(32, frames: frames, gaps: i % 3 * 10, &random), twin, "cycle \(i)")
            twin["min-keep"] = 1
            (twin["max-iterations"], twin["floor"]) = (5, 0)
            try check(Self.columns(32, frames: frames, gaps: 0, &random), twin, "cycle \(i), once each")
        }
    }

    /// Whatever the records allow, and what they begin with.
    @Test(arguments: rules) func everyParameter(rule: String) throws {
        var random = SeededGenerator(seed: 70 + UInt64(ms_rule_named(rule)))
        let schema = try #require(ms_rule_at(ms_rule_named(rule))?.pointee).schema
        for i in 0..<40 {
            var twin = CombineTwin(rule)
            for parameter in schema {
                let words = parameter.words.map { String(cString: $0).split(separator: " ").count } ?? 0
                let initial = parameter.initial.isNaN ? 0 : parameter.initial
                twin[String(cString: parameter.key)] =
                    switch Int(parameter.type) {
                    case _ where i == 0: initial
                    case MS_WORD: Double(random.below(words))
                    case MS_COUNT: min(parameter.least + Double(random.below(6)), parameter.greatest)
                    default: min(max(initial * 2 * random.unit() + 0.01, parameter.least), parameter.greatest)
                    }
            }
            let frames = 1 + random.below(60)
            try check(Self.columns(32, frames: frames, gaps: i % 3 * 10, &random), twin, "parameters \(i)")
        }
    }

    @Test func noFramesGiveFill() throws {
        for kernels in variants() {
            var twin = CombineTwin()
            twin.fill = 9
            let planes = try CombineCase([[Float]](repeating: [], count: 16)).run(kernels, twin)
            #expect(planes.floats[0] == [Float](repeating: 9, count: 16))
            #expect(planes.counts[0] == [Int32](repeating: 0, count: 16))
        }
    }
}
