internal import CKernels
internal import FITS
internal import Glibc
internal import Sky

/// One run, from paths to products. Blocking; the public calls put it on a thread of its own.
package struct Integration {
    var options: IntegrationOptions
    var files: any FileSystem = LocalFiles()
    var cancellation = Cancellation()
    var progress: ProgressHandler?
    /// What the run holds, looked at between strips; nil: what is resident beyond `excluded`.
    var resident: (@Sendable () -> ByteCount)?
    /// Memory that does not count; nil: nothing for the command, what is resident at the start for a library call. Tests, which run
    /// side by side in one process, put another figure here.
    var excluded: ByteCount?

    /// Told the plan of a run that is refused because it does not fit.
    package var onRefusal: ((IntegrationReport) -> Void)?

    init(
        options: IntegrationOptions, files: any FileSystem, cancellation: Cancellation = Cancellation(),
        progress: ProgressHandler? = nil,
        resident: (@Sendable () -> ByteCount)? = nil, excluded: ByteCount? = nil
    ) {
        self.options = options
        self.files = files
        self.cancellation = cancellation
        self.progress = progress
        self.resident = resident
        self.excluded = excluded
    }

    package init(
        options: IntegrationOptions, cancellation: Cancellation = Cancellation(), progress: ProgressHandler? = nil
    ) {
        self.init(options: options, files: LocalFiles(), cancellation: cancellation, progress: progress)
    }

    /// What would be done. `refusal` tells why it cannot be, where it cannot.
    package func plan(_ paths: [String]) throws(MotionStackError) -> (
        report: IntegrationReport, refusal: MotionStackError?
    ) {
        let start = MonotonicClock.seconds
        let limit = MemoryLimit.choose(options.memoryLimit ?? IntegrationSettings.shared.memoryLimit)
        let narrator = Narrator(progress, limit: limit.limit)
        let planner = planner(limit: limit, narrator: narrator, scratch: Scratch(folder: scratchFolder, files: files))
        var (plan, refusal) = try planner.plan(paths)
        finishPlan(&plan)
        return (try report(plan, refusal, start), refusal)
    }

    /// The report of a plan that is not carried out (yet).
    private func report(
        _ plan: IntegrationPlan, _ refusal: MotionStackError?, _ start: Double
    ) throws(MotionStackError) -> IntegrationReport {
        let outputs = try ProductPath.paths(options, plan) ?? []
        return IntegrationReport(
            status: refusal == nil ? .planned : .refused, plan: plan, samples: nil,
            outputs: zip(outputs, plan.methods).map {
                .init(
                    path: $0, object: plan.objectName, part: nil, method: $1, width: plan.width, height: plan.height,
                    validFraction: 0)
            },
            warnings: plan.warnings, adaptations: plan.adaptations, measuredPeak: nil, bytesRead: nil,
            bytesWritten: nil,
            openFilesPeak: nil, planSeconds: MonotonicClock.seconds - start, integrateSeconds: nil)
    }

    package func run(_ paths: [String]) throws(MotionStackError) -> IntegrationResult {
        let start = MonotonicClock.seconds
        let limit = MemoryLimit.choose(options.memoryLimit ?? IntegrationSettings.shared.memoryLimit)
        let narrator = Narrator(progress, limit: limit.limit)
        let scratch = Scratch(folder: scratchFolder, files: files)
        let outputCheck = OutputCheck(options: options, files: files, inputs: paths)
        if options.writesProduct, !paths.isEmpty, let early = try ProductPath.paths(options, nil) {
            try outputCheck.check(early)
        }
        let planner = planner(limit: limit, narrator: narrator, scratch: scratch)
        var (plan, refusal) = try planner.plan(paths)
        finishPlan(&plan)
        if let refusal {
            onRefusal?(try report(plan, refusal, start))
            throw refusal
        }
        let outputPaths = options.writesProduct ? try ProductPath.paths(options, plan) ?? [] : []
        try outputCheck.check(outputPaths)
        try outputCheck.checkDisk(plan, outputPaths)
        for path in outputPaths { _ = try? StalePart.remove(of: path, in: files) }
        tell(plan, narrator)
        let planned = MonotonicClock.seconds
        let kernels = try Kernels.table(named: options.kernels)
        let inputs = StripInput.union([plan])
        let source = RowSource(
            inputs.map(\.origin), files: files, scratch: scratch,
            maximumOpen: options.maximumOpenFiles ?? RowSource.maximumOpen())
        let writers = try makeWriters(plan, outputPaths, scratch: scratch)
        let excluded = plan.memory.excluded
        let engine = try StripEngine(
            [plan], inputs: inputs, kernels: kernels, source: source, cancellation: cancellation, narrator: narrator,
            resident: resident ?? { ProcessMemory.resident(above: excluded) })
        var image: StackImage?
        if options.keepsImage {
            image = StackImage(
                width: plan.width, height: plan.height,
                pixels: [Float](repeating: plan.fill, count: plan.width * plan.height))
        }
        narrator.expect(frames: plan.frames.count, strips: plan.schedule.strips)
        do throws(MotionStackError) {
            try engine.run { (strip) throws(MotionStackError) in
                for writer in writers {
                    do throws(FITSError) { try writer.write(strip) } catch { throw Self.carried(error) }
                }
                if image != nil { Self.keep(strip, plan.width, &image) }
            }
            try cancellation.check()
            let counts = engine.counts[0]
            var facts = RunFacts(
                counts: counts, adaptations: plan.adaptations + engine.adaptations, warnings: plan.warnings,
                openPeak: source.openPeak)
            facts.warnings += Self.warnings(plan, counts)
            for writer in writers {
                do throws(FITSError) {
                    if Self.ateObject(counts) { writer.update("PHOTLIN", .logical(false)) }
                    if !options.plain { try writer.writeFrames(facts) }
                } catch { throw Self.carried(error) }
            }
            try publish(writers)
            return result(
                plan, facts, writers, image, planSeconds: planned - start,
                integrateSeconds: MonotonicClock.seconds - planned,
                narrator)
        } catch {
            for writer in writers { writer.discard() }
            throw error
        }
    }

    // MARK: Parts of a run

    private func planner(limit: MemoryLimit, narrator: Narrator, scratch: Scratch) -> Planner {
        Planner(
            options: options, files: files, scratch: scratch, cancellation: cancellation, narrator: narrator,
            limit: limit,
            excluded: excluded ?? (options.limitsWholeProcess ? ByteCount(0) : ProcessMemory.resident))
    }

    private var scratchFolder: String { options.scratchFolder ?? ProductPath.folder(options.output ?? "stack.fits") }

    private func finishPlan(_ plan: inout IntegrationPlan) {
        plan.io.freeDisk = (try? files.freeBytes(inFolder: scratchFolder)).map { ByteCount($0) }
    }

    private func makeWriters(_ plan: IntegrationPlan, _ paths: [String], scratch: Scratch) throws(MotionStackError)
        -> [ProductWriter]
    {
        guard !paths.isEmpty else { return [] }
        let reference = plan.frames[plan.reference]
        do throws(FITSError) {
            let input = try InputFile.open(
                reference.path, options: options, files: files, scratch: scratch, known: reference.scratch
            ).file
            let hdu = try input.select(options.hdu)
            let header = input.header(inheriting: hdu)
            let coordinates = try? Surveyor.worldCoordinates(
                path: reference.path, values: HeaderAdapter(header: header), layout: reference.layout, options: options,
                files: files
            ).coordinates
            var writers: [ProductWriter] = []
            for (index, path) in paths.enumerated() {
                let cards = ProductHeader(
                    plan: plan, method: plan.methods[index], reference: header, coordinates: coordinates,
                    options: options)
                writers.append(
                    try ProductWriter(
                        path: path, method: index, plan: plan, header: cards.header, options: options, files: files))
            }
            return writers
        } catch { throw Self.carried(error) }
    }

    private func publish(_ writers: [ProductWriter]) throws(MotionStackError) {
        for writer in writers {
            do throws(FITSError) { try writer.publish() } catch { throw Self.carried(error) }
        }
    }

    private static func keep(_ strip: CombinedStrip, _ width: Int, _ image: inout StackImage?) {
        guard let plane = strip.planes.first(where: { $0.plane == .method(0) }) else { return }
        var index = 0
        for row in strip.rows {
            for column in strip.columns {
                let bits = UInt32(bigEndian: plane.bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                image?.pixels[row * width + column] = Float(bitPattern: bits)
                index += 1
            }
        }
    }

    private func result(
        _ plan: IntegrationPlan, _ facts: RunFacts, _ writers: [ProductWriter], _ image: StackImage?,
        planSeconds: Double,
        integrateSeconds: Double, _ narrator: Narrator
    ) -> IntegrationResult {
        let counts = facts.counts
        let fraction = Double(counts.filledPixels) / Double(max(1, plan.width * plan.height))
        let report = IntegrationReport(
            status: .complete, plan: plan,
            samples: plan.frames.indices.map {
                .init(
                    valid: counts.valid[$0], rejectedLow: counts.rejectedLow[$0], rejectedHigh: counts.rejectedHigh[$0])
            },
            outputs: plan.methods.enumerated().map { index, method in
                .init(
                    path: index < writers.count ? writers[index].path : "", object: plan.objectName, part: nil,
                    method: method,
                    width: plan.width, height: plan.height, validFraction: fraction)
            },
            warnings: facts.warnings, adaptations: facts.adaptations,
            measuredPeak: ByteCount(max(0, ProcessMemory.peak.bytes - plan.memory.excluded.bytes)),
            bytesRead: files.counters.bytesRead, bytesWritten: writers.reduce(0) { $0 + $1.bytesWritten },
            openFilesPeak: facts.openPeak, planSeconds: planSeconds, integrateSeconds: integrateSeconds,
            rejectedNear: Self.share(counts.nearRejected, counts.nearSamples),
            rejectedElsewhere: Self.share(counts.farRejected, counts.farSamples))
        for warning in facts.warnings.dropFirst(plan.warnings.count) { narrator.say(warning, .warning) }
        var meta: [String: MetaValue] = [:]
        for entry in ProductHeader.meta(plan) {
            switch entry.value {
            case .logical(let value): meta[entry.keyword] = .logical(value)
            case .integer(let value): meta[entry.keyword] = .integer(value)
            case .real(let value, _): meta[entry.keyword] = .real(value)
            case .string(let value): meta[entry.keyword] = .text(value)
            default: break
            }
        }
        meta["NCOMBINE"] = .integer(Int64(plan.frames.count))
        return IntegrationResult(image: image, paths: writers.map(\.path), meta: meta, report: report)
    }

    private static func share(_ part: UInt64, _ whole: UInt64) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }

    /// Whether clipping took more than three times the background's share at the held object.
    private static func ateObject(_ counts: IntegrationCounts) -> Bool {
        guard let near = share(counts.nearRejected, counts.nearSamples),
            let far = share(counts.farRejected, counts.farSamples),
            counts.nearRejected > 5
        else { return false }
        return near > 3 * far && near > 0.01
    }

    private static func warnings(_ plan: IntegrationPlan, _ counts: IntegrationCounts) -> [String] {
        var warnings: [String] = []
        var heavy: [(name: String, share: Double)] = []
        for (index, frame) in plan.frames.enumerated() where counts.valid[index] > 0 {
            let rejected = counts.rejectedLow[index] + counts.rejectedHigh[index]
            let share = Double(rejected) / Double(counts.valid[index])
            if share > 0.25 { heavy.append((frame.path, share)) }
        }
        if let worst = heavy.max(by: { $0.share < $1.share }) {
            let reason =
                switch plan.zero {
                case .none: "its level differs from the others'; --zero median matches them"
                case .mesh: "its sky or its noise differs from the others'; leave it out if that is too many"
                default: "its sky differs from the others'; --zero mesh follows its shape, or leave the frame out"
                }
            warnings.append(
                "\(worst.name): \(fixed(worst.share * 100, 1)) % of its samples were rejected\(heavy.count > 1 ? " (above 25 % in \(heavy.count) frames)" : ""): \(reason)"
            )
        }
        if ateObject(counts), let near = share(counts.nearRejected, counts.nearSamples),
            let far = share(counts.farRejected, counts.farSamples)
        {
            warnings.append(
                "rejection took \(fixed(near * 100, 1)) % of the samples at the held object, \(fixed(far * 100, 1)) % elsewhere: clipping eats the object; raise --sigma-high, or --no-sigma-clip"
            )
        }
        return warnings
    }

    /// Says what will be done, in the manner of cli.md.
    private func tell(_ plan: IntegrationPlan, _ narrator: Narrator) {
        for line in LeftOutSummary(plan.leftOut).lines { narrator.say("left out: \(line)", .warning) }
        for warning in plan.warnings { narrator.say(warning, .warning) }
        let chunked = plan.schedule.chunked
        narrator.say("Integrating \(plan.frames.count) images\(chunked ? " with chunked processing" : "")")
        if chunked { narrator.say("Chunk size: \(plan.schedule.chunkSize) images") }
        let asked = plan.memory.limitReason == MemoryLimit.asAsked
        narrator.say(
            "Memory limit: \(plan.memory.limit) (predicted peak \(plan.memory.predictedPeak)\(asked ? "" : "; \(plan.memory.limitReason)"))"
        )
        for adaptation in plan.adaptations { narrator.say(adaptation) }
        if let motion = plan.motion {
            let rate = motion.rateArcsecPerMinute.map { "\(fixed($0, 3)) arcsec/min" } ?? "rate not known"
            narrator.say(
                "Motion: \(motion.source); \(rate) towards \(motion.positionAngleDegrees.map { fixed($0, 1) } ?? "?") degrees"
            )
            if let quality = motion.quality { narrator.say("  \(quality)") }
        }
        // Of many frames every so many is told, all of them as details.
        let step = max(1, (plan.frames.count + 49) / 50)
        for (index, frame) in plan.frames.enumerated() {
            let level: IntegrationProgress.Level =
                index % step == 0 || index == plan.frames.count - 1 ? .normal : .detail
            narrator.say(
                "Processing \(index + 1)/\(plan.frames.count): \(frame.path.split(separator: "/").last ?? "")", level)
            if plan.alignment != .none {
                narrator.say("  Applied shift: dx=\(fixed(frame.dx, 2)), dy=\(fixed(frame.dy, 2))", level)
            }
        }
    }

    static func carried(_ error: FITSError) -> MotionStackError {
        let code: MotionStackError.Code =
            switch error.code {
            case .exists, .isInput, .notPermitted, .notRegularFile: .cannotCreate
            case .missing where error.operation == "write": .cannotCreate
            case .noSpace: .doesNotFit
            default: .io
            }
        return MotionStackError(code, error.description)
    }
}

extension LeftOutSummary {
    public init(_ frames: [LeftOutFrame]) {
        self.init(grouped: frames.map { ($0.path, $0.group, $0.reason) })
    }
}
