import Foundation
import TestSupport
import Testing

/// The built command, run as a user runs it, with none of the tester's own settings.
enum Command {
    static let path: String = TestPlaces.program("motion-stack") ?? "/nowhere/motion-stack"

    /// Runs it in `folder`.
    static func run(
        _ arguments: [String], in folder: String, environment: [String: String?] = [:], openFiles: Int? = nil,
        signal: ProgramRun.Signal? = nil, asNobody: Bool = false
    ) throws -> ProgramRun {
        var variables: [String: String?] = [
            "XDG_CONFIG_HOME": folder + "/no-such-folder", "HOME": folder, "NO_COLOR": "1",
        ]
        for name in ProcessInfo.processInfo.environment.keys
        where name.hasPrefix("MOTION_STACK_") || name == "XDG_DATA_HOME" || name == "XDG_CACHE_HOME" {
            variables[name] = .some(nil)
        }
        // No test reaches a service unless it says which: one of its own, on this machine.
        variables["MOTION_STACK_ONLINE"] = "false"
        for (name, value) in environment { variables[name] = value }
        guard !asNobody else {
            return try ProgramRun(
                "/usr/bin/setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", path] + arguments,
                environment: variables, folder: folder)
        }
        return try ProgramRun(
            path, arguments, environment: variables, folder: folder, openFiles: openFiles, limitSeconds: 120,
            signal: signal)
    }
}

extension ProgramRun {
    /// stdout as one JSON object.
    var json: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(output))
            return try #require(value as? [String: Any])
        }
    }

    /// stdout as one JSON array.
    var jsonArray: [[String: Any]] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(output))
            return try #require(value as? [[String: Any]])
        }
    }

    var lines: [String] { outputText.split(separator: "\n").map(String.init) }
}

/// Small sequences that are made once and only read.
enum Night {
    /// 12 frames of 64 x 64 of a mover at 0.5 arcsec/min towards 60 degrees, in the middle at the mean time.
    static let small: SharedNight = SharedNight(count: 12)
    /// 400 frames of 24 x 24.
    static let long: SharedNight = SharedNight(count: 400, size: 24)

    static let motion = ["--rate", "0.5", "--pa", "60", "--position-pixel", "32.5,32.5"]

    static func sequence(count: Int, size: Int = 64) -> SyntheticSequence {
        var sequence = SyntheticSequence()
        sequence.count = count
        sequence.width = size
        sequence.height = size
        sequence.stars = 8
        sequence.movers = [.init(flux: 3000, rateArcsecPerMinute: 0.5, positionAngleDegrees: 60)]
        return sequence
    }
}

/// A sequence in a folder of its own that goes with the process.
final class SharedNight: Sendable {
    private let result: Result<(folder: TestFolder, truth: SyntheticTruth), any Error>

    init(count: Int, size: Int = 64) {
        result = Result {
            let folder = try TestFolder("motion-stack-night")
            return (folder, try Night.sequence(count: count, size: size).write(to: folder.path))
        }
    }

    var paths: [String] { get throws { try result.get().truth.paths } }
    var ephemeris: String { get throws { try #require(try result.get().truth.ephemerides.first) } }
}
