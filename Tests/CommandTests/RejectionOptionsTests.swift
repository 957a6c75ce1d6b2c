import Foundation
import MotionStack
import TestSupport
import Testing

@testable import motion_stack

/// Every rule and each of its parameters is reached from the command line, settings files and the environment, and told in help and JSON.
@Suite struct RejectionOptionsTests {
    /// What a plan says of the rejection.
    private func planned(_ words: [String], _ settings: String = "", _ environment: [String: String] = [:]) throws
        -> NSDictionary
    {
        let folder = try TestFolder()
        try settings.write(toFile: folder.file("c.toml"), atomically: true, encoding: .utf8)
        let run = try Command.run(
            ["plan", "--standard", "--json", "--config", "c.toml"] + words + Night.small.paths, in: folder.path,
            environment: environment)
        #expect(run.status == 0, "\(words): \(run.errorText)")
        return try #require(try run.json["rejection"] as? NSDictionary)
    }

    @Test func optionsAreOtherNamesOfKeys() throws {
        let pairs: [([String], String)] = [
            ([], "noise"), (["--no-sigma-clip"], "none"), (["--reject", "none", "--sigma-low", "3"], "none"),
            (["--sigma-low", "3.5", "--sigma-high", "2"], "sigma:low=3.5,high=2"),
            (["--max-iterations", "1", "--sigma-floor", "0"], "sigma:max-iterations=1,floor=0"),
            (
                ["--sigma-center", "mean", "--sigma-deviation", "std", "--min-keep", "3"],
                "sigma:center=mean,deviation=std,min-keep=3"
            ),
            (
                ["--reject", "sigclip", "--sigma-low", "4"],
                "sigma:low=4,high=3,center=median,deviation=std,ddof=1,max-iterations=0"
            ),
            (["--reject", "winsorized", "--sigma-low", "5"], "winsorized:low=5"),
            (["--reject", "linear-fit:high=2", "--sigma-low", "5"], "linear-fit:low=5,high=2"),
            (["--reject", "minmax", "--nlow", "2", "--nhigh", "0", "--sigma-floor", "0"], "minmax:nlow=2,nhigh=0"),
            (
                ["--reject", "percentile", "--percentile-low", "0.3", "--percentile-high", "0.4"],
                "percentile:low=0.3,high=0.4"
            ),
        ]
        for (words, text) in pairs {
            #expect(try planned(words) == planned(["--reject", text]), "\(words)")
        }
        let told = try planned(["--reject", "sigma:low=2.5"])
        #expect(told["rule"] as? String == "sigma" && told["low"] as? Double == 2.5 && told["high"] as? Double == 3)
        #expect(told["floor"] as? String == "auto" && told["max_iterations"] as? Double == 5)
    }

    @Test(arguments: [
        (["--reject", "minmax", "--sigma-low", "3"], "--sigma-low has no meaning with --reject minmax"),
        (["--nlow", "3"], "it goes with minmax"), (["--reject", "none", "--nlow", "3"], "it goes with minmax"),
        (["--reject", "sigma:low=3", "--sigma-low", "3"], "give one"),
        (["--reject", "sigma:low=0"], "a number above 0"),
        (["--reject", "sigma", "--no-sigma-clip"], "contradict"), (["--reject", "median"], "unknown rejection rule"),
        (["--sigma-low", "x"], "expected a number above 0, not 'x'"),
        (["--percentile-low", "0"], "expected a number above 0, not '0'"),
        (["--sigma-floor=-1"], "auto or a number of 0 or more"),
        (["--nlow", "1.5"], "a whole number from 0 to 1000000"),
    ])
    func whatIsRefused(_ words: [String], _ why: String) throws {
        let folder = try TestFolder()
        let run = try Command.run(["plan", "--standard"] + words + Night.small.paths, in: folder.path)
        #expect(run.status == 64 && run.errorText.contains(why), "\(words): \(run.errorText)")
    }

    @Test func settings() throws {
        let own =
            "[reject.sigma]\nlow = 6\nmax_iterations = 2\nfloor = \"auto\"\ncenter = \"mean\"\n[reject.minmax]\nnlow = 3\n"
        let both = "[integration]\nsigma_low = 5\nsigma_high = 4.5\n" + own
        #expect(
            try planned([], own) == planned(["--reject", "sigma:low=6,max-iterations=2,center=mean"]))
        #expect(
            try planned([], both) == planned(["--reject", "sigma:low=6,high=4.5,max-iterations=2,center=mean"]))
        // Who sets something of the default rule means that one.
        #expect(
            try planned([], both + "[reject.noise]\nhigh = 5\n") == planned(["--reject", "noise:high=5"]))
        #expect(try planned([], "[reject.minmax]\nnlow = 3\n") == planned(["--reject", "noise"]))
        #expect(try planned(["--reject", "minmax"], both) == planned(["--reject", "minmax:nlow=3"]))
        #expect(
            try planned(["--reject", "winsorized", "--sigma-high", "2"], both)
                == planned(["--reject", "winsorized:low=5,high=2"]))
        // The environment is stronger than a file, whichever of the two names it has.
        #expect(
            try planned(["--reject", "sigma:max-iterations=5,center=median"], own, ["MOTION_STACK_SIGMA_LOW": "7"])
                == planned(["--sigma-low", "7"]))
        #expect(
            try planned([], "", ["MOTION_STACK_REJECT_SIGMA_MAX_ITERATIONS": "0"])
                == planned(["--max-iterations", "0"]))
    }

    @Test(arguments: [
        ("[reject.sigma]\nlow = 0\n", "c.toml:2: low is not a number above 0"),
        ("[reject.sigma]\nlov = 4\n", "c.toml:2: unknown key lov in [reject.sigma]; known: low, high"),
        ("[reject.median]\nlow = 4\n", "c.toml:1: unknown table [reject.median]"),
        ("[reject.none]\nlow = 4\n", "known: none"), ("[reject.sigma]\ncenter = 1\n", "center is not median, mean"),
    ])
    func wrongSettings(_ text: String, _ why: String) throws {
        let folder = try TestFolder()
        try text.write(toFile: folder.file("c.toml"), atomically: true, encoding: .utf8)
        let run = try Command.run(["config", "--show", "--config", "c.toml"], in: folder.path)
        #expect(run.status == 78 && run.errorText.contains(why), "\(run.errorText)")
    }

    @Test func helpAndSettingsTellEveryParameter() throws {
        let folder = try TestFolder()
        // As one line: help is broken to the terminal's width.
        let help = try Command.run(["help", "stack"], in: folder.path).outputText
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let shown = try Command.run(["config", "--show", "--json"], in: folder.path).json
        for rule in RejectionRule.all {
            #expect(help.contains("\(rule.name): \(rule.summary)"))
            for parameter in rule.parameters {
                #expect(help.contains("\(parameter.key) = \(parameter.initial) (\(parameter.expected))"))
                if let option = parameter.option { #expect(help.contains("--\(option) ")) }
                let setting = RuleSetting(rule: rule, parameter: parameter)
                let entry = try #require(shown[setting.name] as? [String: String])
                #expect(entry["value"] == parameter.initial.description)
                #expect(entry["variable"] == setting.variable)
            }
        }
    }
}
