import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Frames that are written, cut, replaced or deleted while a run works on them: never a mixture of old and new data.
@Suite struct ChangingFrameTests {
    enum Mutation: CaseIterable {
        case rewritten, cut, replaced, deleted, grown

        /// Does it to a frame; the new content is another frame's.
        func apply(to path: String, other: String) throws {
            let new = try Data(contentsOf: URL(fileURLWithPath: other))
            let descriptor = open(path, O_WRONLY)
            defer { close(descriptor) }
            switch self {
            case .rewritten:
                // In place, the second half of the pixels first.
                let middle = new.count / 2
                new[middle...].withUnsafeBytes { _ = pwrite(descriptor, $0.baseAddress, $0.count, off_t(middle)) }
                new[..<middle].withUnsafeBytes { _ = pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            case .cut: ftruncate(descriptor, 4000)
            case .replaced:
                try new.write(to: URL(fileURLWithPath: path + ".new"))
                rename(path + ".new", path)
            case .deleted: unlink(path)
            case .grown: _ = pwrite(descriptor, [UInt8](repeating: 7, count: 100), 100, off_t(new.count))
            }
        }
    }

    /// Where in a run it happens: at the n-th report of a stage.
    struct Instant: Hashable, CustomTestStringConvertible {
        var stage: IntegrationProgress.Stage
        var report: Int
        var testDescription: String { "\(stage) \(report)" }
    }

    /// Acts once, at an instant.
    private final class Saboteur: Sendable {
        private let instant: Instant
        private let act: @Sendable () -> Void
        private let seen = Mutex(0)

        init(_ instant: Instant, _ act: @escaping @Sendable () -> Void) {
            self.instant = instant
            self.act = act
        }

        func see(_ progress: IntegrationProgress) {
            guard progress.message == nil, progress.stage == instant.stage else { return }
            let count = seen.withLock { seen in
                seen += 1
                return seen
            }
            if count == instant.report { act() }
        }
    }

    /// One trial; nil where it was right, else what was wrong.
    private func trial(_ mutation: Mutation, _ instant: Instant, frame: Int, moving: Bool) throws -> String? {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 64, height: 96).write(to: folder.path)
        let other = try TestFolder()
        let spare = try Sequences.moving(count: 6, width: 64, height: 96) {
            $0.sky = 900; $0.seed = 99
        }.write(to: other.path)
        let victim = truth.paths[frame]
        let options = moving ? Sequences.options(truth) : Sequences.options { $0.targets.motion = .standard }
        let saboteur = Saboteur(instant) { try? mutation.apply(to: victim, other: spare.paths[frame]) }
        let integration = Integration(
            options: options, files: LocalFiles(), progress: { saboteur.see($0) }, excluded: ByteCount(1 << 60))
        let result: IntegrationResult
        do throws(MotionStackError) { result = try integration.run(truth.paths) } catch {
            // One frame of six is no reason to give up.
            return "\(error)"
        }
        let used = result.report.plan.frames.map(\.path)
        let lost = result.report.plan.leftOut.filter(\.isLost).map(\.path)
        if (result.report.status == .partial) != !lost.isEmpty { return "status \(result.report.status), lost \(lost)" }
        if !lost.isEmpty, lost != [victim] { return "lost \(lost)" }
        // Of the frames that it names, as they are now.
        let again = try Sequences.stack(
            truth.paths.filter { used.contains($0) }, moving ? pinned(options, result) : options)
        if Sequences.bits(result) != Sequences.bits(again) {
            return "a mixture; used \(used.count), lost \(lost.count)"
        }
        return nil
    }

    /// With the grid of a run, for one on some of its frames.
    private func pinned(_ options: IntegrationOptions, _ result: IntegrationResult) -> IntegrationOptions {
        var options = options
        options.placement.reference = .file(result.report.plan.referenceFrame.path)
        return options
    }

    @Test(arguments: Mutation.allCases)
    func neverAMixture(_ mutation: Mutation) throws {
        let trials = Int(ProcessInfo.processInfo.environment["MOTION_STACK_MUTATIONS"] ?? "") ?? 40
        var random = SeededGenerator(seed: UInt64(Mutation.allCases.firstIndex(of: mutation) ?? 0) + 5)
        let stages: [IntegrationProgress.Stage] = [.survey, .statistics, .integration, .integration]
        var wrong: [String] = []
        for _ in 0..<max(1, trials / Mutation.allCases.count) {
            let instant = Instant(stage: stages[random.below(4)], report: 1 + random.below(3))
            let frame = random.below(6)
            if let what = try trial(mutation, instant, frame: frame, moving: random.below(2) == 0) {
                wrong.append("\(mutation) at \(instant.testDescription), frame \(frame): \(what)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong)")
    }

    /// A frame that cannot be read any more in the middle of the pass: the others are stacked.
    @Test func readsThatFail() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 64, height: 96).write(to: folder.path)
        let expected = try Sequences.stack(truth.paths.filter { $0 != truth.paths[3] }, Sequences.options(truth))
        var statuses: [IntegrationReport.Status] = []
        for reads in 0..<12 {
            let calls = FileCalls(breaking: truth.paths[3], afterReads: reads)
            let result = try Integration(
                options: Sequences.options(truth), files: LocalFiles(calls: calls), excluded: ByteCount(1 << 60)
            ).run(truth.paths)
            guard calls.failed != nil else { break }
            statuses.append(result.report.status)
            #expect(result.report.plan.leftOut.map(\.path) == [truth.paths[3]], "after \(reads) reads")
            #expect(Sequences.bits(result) == Sequences.bits(expected), "after \(reads) reads")
        }
        // One whose header cannot be read is no frame; all later failures are losses, in the sample and in the pass.
        #expect(statuses.first == .complete && statuses.last == .partial, "\(statuses)")
        #expect(statuses.count { $0 == .partial } >= 3, "\(statuses)")
    }

    /// What the product says of it; with `strict` there is none.
    @Test(arguments: [false, true])
    func whatIsSaid(strict: Bool) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 64, height: 96).write(to: folder.path)
        let product = try TestFolder()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = product.file("stack.fits")
            $0.input.strict = strict
        }
        let victim = truth.paths[2]
        let saboteur = Saboteur(Instant(stage: .integration, report: 1)) { unlink(victim) }
        let integration = Integration(
            options: options, files: LocalFiles(), progress: { saboteur.see($0) }, excluded: ByteCount(1 << 60))
        do throws(MotionStackError) {
            let result = try integration.run(truth.paths)
            #expect(!strict && result.report.status == .partial)
            let file = try? ReadFITS(product.file("stack.fits"))
            let header = file?.primary.header
            #expect(header?.logical("MTPARTL") == true && header?.integer("MTLOST") == 1)
            #expect(header?.integer("NCOMBINE") == 5)
            let lost = result.report.plan.leftOut.filter(\.isLost)
            #expect(lost.map(\.path) == [victim] && lost[0].reason.contains("changed"))
        } catch {
            #expect(strict && error.code == .io && error.message.contains(victim), "\(error)")
            #expect(product.names.isEmpty, "\(product.names)")
        }
    }
}
