import Files
import FITS
import Foundation
import Sky
import TestSupport

@testable import MotionStack
@testable import Stacking

/// Small sequences that the tests of this folder share.
enum Sequences {
    /// A dithered field with a mover; uint16 unless changed.
    static func moving(
        count: Int = 12, width: Int = 96, height: Int = 80, _ change: (inout SyntheticSequence) -> Void = { _ in }
    )
        -> SyntheticSequence
    {
        var sequence = SyntheticSequence()
        sequence.count = count
        sequence.width = width
        sequence.height = height
        sequence.dither = 6
        sequence.stars = 20
        sequence.movers = [.init(flux: 4000, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35)]
        sequence.cosmicRays = 3
        change(&sequence)
        return sequence
    }

    static func options(_ truth: SyntheticTruth? = nil, _ change: (inout IntegrationOptions) -> Void = { _ in })
        -> IntegrationOptions
    {
        var options = IntegrationOptions()
        options.outputs.writesProduct = false
        options.outputs.keepsImage = true
        options.resources.memoryLimit = .gigabytes(1)
        options.resources.threads = 2
        // What most tests reckon with; those of the defaults take them back.
        options.rejection = .sigma
        options.levels.weighting = .none
        if let table = truth?.ephemerides.first {
            options.targets.motion = .table(path: table.hasPrefix("/") ? table : "\(truth?.folder ?? "")/\(table)")
            options.targets.objectName = "2025 BC"
        }
        change(&options)
        return options
    }

    /// Runs on this thread.
    static func stack(
        _ paths: [String], _ options: IntegrationOptions, sources: TrackSources = TrackSources()
    ) throws -> IntegrationResult {
        // The memory of the tests that run beside this one does not count.
        try Integration(options: options, sources: sources, files: LocalFiles(), excluded: ByteCount(1 << 60)).run(
            paths)
    }

    /// The track of the main object, made by the caller; goes with `motion = .given`.
    static func given(_ track: any MotionTrack) -> TrackSources {
        var sources = TrackSources()
        sources.tracks["2025 BC"] = .track(track)
        return sources
    }

    static func bits(_ result: IntegrationResult) -> [UInt32] { (result.image?.pixels ?? []).map(\.bitPattern) }
}

extension Sequences {
    /// For tests that count what is opened and read: a file that was written less than 20 ms before is opened again later.
    static func settle() { usleep(50_000) }

    static func table(_ truth: SyntheticTruth) -> String {
        let table = truth.ephemerides.first ?? ""
        return table.hasPrefix("/") ? table : "\(truth.folder)/\(table)"
    }
}
