import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Rules and their parameters, as the kernels' records tell them.
struct RejectionTests {
    /// Defaults that definitions.md promises.
    @Test func defaults() throws {
        let clip = "low=4,high=3,max-iterations=5,floor=auto"
        let expected = [
            "none", "sigma:\(clip),center=median,deviation=mad,ddof=0,min-keep=1", "winsorized:\(clip),min-keep=1",
            "linear-fit:\(clip),min-keep=1", "minmax:nlow=1,nhigh=1,min-keep=1",
            "percentile:low=0.2,high=0.1,min-keep=1",
        ]
        for text in expected {
            let name = String(text.prefix { $0 != ":" })
            #expect(try Rejection(name).text() == text)
            #expect(try Rejection(parsing: text) == Rejection(name))
        }
        #expect(Rejection.none.isNone)
        #expect(try Rejection("none") == Rejection.none)
        #expect(try Rejection("sigma").text(step: 16).contains("floor=16,"))
    }

    @Test func valuesForTheKernels() throws {
        let rejection = try Rejection(parsing: "sigma:deviation=std,high=2.5,max_iterations=0")
        #expect(rejection.kernelValues(step: 16) == [4, 2.5, 0, 16, 0, 1, 0, 1])
        #expect(rejection.needsStep && rejection.floor(step: 16) == 16)
        let fixed = try Rejection("linear-fit", ["floor": 0])
        #expect(!fixed.needsStep && fixed.floor(step: 16) == 0)
        #expect(try Rejection("minmax").floor(step: 16) == nil)
    }

    @Test(arguments: [
        ("nearest", "unknown rejection rule 'nearest'"), ("sigma:lo=3", "has no 'lo'; it has low, high"),
        ("sigma:low", "expected key=value"), ("sigma:low=0", "expected a number above 0, not '0'"),
        ("sigma:low=nan", "expected a number above 0"), ("sigma:low=inf", "expected a number above 0"),
        ("sigma:low=3,low=4", "low is given twice"), ("sigma:", "expected key=value"),
        ("sigma:center=mode", "expected median, mean, not 'mode'"),
        ("sigma:floor=-1", "expected auto or a number of 0 or more"),
        ("sigma:max-iterations=2.5", "a whole number from 0 to 1000"),
        ("minmax:nlow=-1", "a whole number from 0 to 1000000, not '-1'"), ("percentile:low=auto", "a number above 0"),
        ("none:low=3", "none has no 'low'; it has no parameters"),
    ])
    func whatIsRefused(_ text: String, _ words: String) {
        #expect {
            try Rejection(parsing: text)
        } throws: { error in
            guard let error = error as? StackingError else { return false }
            return error.code == .unknownRule && error.detail.contains(words)
        }
    }

    @Test func encodesToItself() throws {
        var random = SeededGenerator(seed: 5)
        for i in 0..<200 {
            let rule = RejectionRule.all[i % RejectionRule.all.count]
            var values: [String: ParameterValue] = [:]
            for parameter in rule.parameters where random.below(3) > 0 {
                values[parameter.key] =
                    switch parameter.kind {
                    case .number: .number(0.01 + 5 * random.unit())
                    case .count:
                        .number(Double(1 + random.below(parameter.allows(9) ? 9 : 1)))
                    case .word(let words): .word(words[random.below(words.count)])
                    case .step: random.below(2) == 0 ? .automatic : .number(random.unit())
                    }
            }
            let rejection = try Rejection(rule, values)
            let bytes = try JSONEncoder().encode(rejection)
            #expect(try JSONDecoder().decode(Rejection.self, from: bytes) == rejection)
            #expect(try Rejection(parsing: rejection.text()) == rejection)
        }
        let wrong = Data(#"{"rule": "sigma", "parameters": {"low": -1}}"#.utf8)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(Rejection.self, from: wrong) }
    }

    /// Names of other programs are rules with the values that they have there; a key that is named wins.
    @Test func namesOfOtherPrograms() throws {
        let clip = try Rejection(parsing: "sigclip")
        #expect(clip.name == "sigma" && clip.number("low") == 3 && clip.number("ddof") == 1)
        #expect(clip["deviation"] == .word("std") && clip["center"] == .word("median"))
        #expect(clip.number("max-iterations") == 0)
        let named = try Rejection(parsing: "sigclip:high=4")
        #expect(named.number("high") == 4 && named.number("low") == 3)
        for alias in RejectionAlias.all {
            let own = try Rejection(parsing: alias.text)
            #expect(try Rejection(parsing: alias.name) == own)
            #expect(!RejectionRule.all.contains { $0.name == alias.name })
        }
        for name in ["ccdclip", "avsigclip", "pclip", "gesdt"] {
            let error = try #require(throws: StackingError.self) { try Rejection(parsing: name) }
            #expect(error.description.contains("near to it"), "\(error)")
        }
    }
}
