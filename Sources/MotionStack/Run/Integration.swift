internal import Files
internal import FITS
internal import Glibc
internal import Sky

/// One run, from paths to products. Blocking; the public calls put it on a thread of its own.
package struct Integration {
    var options: IntegrationOptions
    /// What stands beside the request: files of the user, who asks services, tracks of the caller's own.
    var sources = TrackSources()
    let services = ServiceRecord()
    var files: any FileSystem = LocalFiles()
    var cancellation = Cancellation()
    var progress: ProgressHandler?
    /// What the run holds, looked at between strips; nil: what is resident beyond `excluded`.
    var resident: (@Sendable () -> ByteCount)?
    /// Memory that does not count; nil: nothing for the command, what is resident at the start for a library call. Tests, which run
    /// side by side in one process, put another figure here.
    var excluded: ByteCount?

    /// Memory that the caller takes when the products are written, bytes; it does not come on top of what the run takes.
    package var reserved = 0

    /// Told the plan of a run that is refused because it does not fit.
    package var onRefusal: ((IntegrationReport) -> Void)?

    init(
        options: IntegrationOptions, sources: TrackSources = TrackSources(), files: any FileSystem,
        cancellation: Cancellation = Cancellation(), progress: ProgressHandler? = nil,
        resident: (@Sendable () -> ByteCount)? = nil, excluded: ByteCount? = nil
    ) {
        self.options = options
        self.sources = sources
        self.files = files
        self.cancellation = cancellation
        self.progress = progress
        self.resident = resident
        self.excluded = excluded
    }

    package init(
        options: IntegrationOptions, sources: TrackSources = TrackSources(),
        cancellation: Cancellation = Cancellation(), progress: ProgressHandler? = nil
    ) {
        self.init(
            options: options, sources: sources, files: LocalFiles(), cancellation: cancellation, progress: progress)
    }

    /// What would be done. `refusal` tells why it cannot be, where it cannot.
    ///
    /// - Parameters:
    ///   - saved: where the plan is written to, whether or not it fits the memory of this machine; nil: nowhere.
    ///   - hashes: whether it has hashes of the frames' data.
    package func plan(_ paths: [String], saved: String? = nil, hashes: Bool = false) throws(MotionStackError) -> (
        report: IntegrationReport, refusal: MotionStackError?
    ) {
        if saved != nil { try options.checkSaved() }
        let start = MonotonicClock.seconds
        let limit = MemoryLimit.choose(options.resources)
        let narrator = Narrator(progress, limit: limit.limit)
        let planner = planner(limit: limit, narrator: narrator, scratch: scratch(limit))
        var (plan, _, refusal) = try planner.plan(paths)
        finishPlan(&plan, limit)
        let report = try report(plan, refusal, start)
        if let saved {
            try PlanFile.write(plan, options, to: saved, in: files) { (frame) throws(MotionStackError) in
                try cancellation.check()
                return hashes ? try PlanFile.hash(of: frame.path, in: files) : nil
            }
        }
        return (report, refusal)
    }

    /// The report of a plan that is not carried out (yet).
    private func report(
        _ run: RunPlan, _ refusal: MotionStackError?, _ start: Double
    ) throws(MotionStackError) -> IntegrationReport {
        let outputs = try ProductPath.paths(options, run) ?? []
        var report = IntegrationReport(
            status: refusal == nil ? .planned : .refused, plan: run.main, samples: nil,
            targets: run.plans.map { .init(plan: $0, samples: nil) }, refinement: run.refinement,
            outputs: Self.outputs(run.plans, outputs) { _ in 0 },
            warnings: Self.warnings(run), adaptations: run.main.adaptations, measuredPeak: nil, bytesRead: nil,
            bytesWritten: nil,
            openFilesPeak: nil, planSeconds: MonotonicClock.seconds - start, integrateSeconds: nil)
        report.count(services)
        return report
    }

    /// An entry a product, in their order.
    private static func outputs(
        _ plans: [IntegrationPlan], _ paths: [String], validFraction: (Int) -> Double
    ) -> [IntegrationReport.Output] {
        var outputs: [IntegrationReport.Output] = []
        for (index, plan) in plans.enumerated() {
            for method in plan.methods {
                outputs.append(
                    .init(
                        path: outputs.count < paths.count ? paths[outputs.count] : "",
                        object: plan.target ?? plan.objectName, part: plan.part, method: method,
                        referenceTime: plan.referenceTime, heldPixel: plan.heldPixel, heldSky: plan.heldSky,
                        exposureSeconds: FluxScale(plan).exposureSeconds(method), frames: plan.frames.count,
                        width: plan.width, height: plan.height, validFraction: validFraction(index)))
            }
        }
        return outputs
    }

    /// The warnings of all plans, each once; those of further targets and parts say whose they are.
    static func warnings(_ run: RunPlan) -> [String] {
        var seen = Set(run.machineWarnings)
        var lines = run.machineWarnings
        for (index, plan) in run.plans.enumerated() {
            for warning in plan.warnings where seen.insert(warning).inserted {
                lines.append(index == 0 ? warning : (plan.label.map { "\($0): " } ?? "") + warning)
            }
        }
        return lines
    }

    package func run(_ paths: [String]) throws(MotionStackError) -> IntegrationResult {
        let start = MonotonicClock.seconds
        let limit = MemoryLimit.choose(options.resources)
        let narrator = Narrator(progress, limit: limit.limit)
        let outputCheck = OutputCheck(options: options, files: files, inputs: paths)
        if options.outputs.writesProduct, !paths.isEmpty, let early = try ProductPath.paths(options, nil) {
            try outputCheck.check(early)
        }
        if let early = try ProductPath.pictures(options, nil) { try pictureCheck(paths).check(early) }
        var unusable: [Int: LeftOut.Reason] = [:]
        while true {
            do throws(Setback) {
                return try attempt(paths, but: unusable, limit, start, narrator)
            } catch {
                switch error {
                case .failed(let error): throw error
                case .frames(let reasons):
                    // Once more without those that were lost, and with what else is so; a second loss is too much.
                    let isSecondLoss =
                        unusable.values.contains { $0.kind == .lost } && reasons.values.contains { $0.kind == .lost }
                    guard let first = reasons.min(by: { $0.key < $1.key }), !isSecondLoss, !options.input.strict else {
                        let first = reasons.min { $0.key < $1.key }
                        throw MotionStackError(
                            .io,
                            "\(first.map { paths[$0.key] } ?? ""): \(first?.value.detail ?? ""); nothing was written: start again when nothing writes to the frames"
                        )
                    }
                    narrator.say(
                        "\(paths[first.key])\(reasons.count > 1 ? " and \(reasons.count - 1) more" : ""): \(first.value.detail); the integration is done again without \(reasons.count > 1 ? "them" : "it")",
                        .warning)
                    unusable.merge(reasons) { first, _ in first }
                }
            }
        }
    }

    /// What ends an attempt at a run.
    enum Setback: Error {
        case failed(MotionStackError)
        /// Frames, by place in what was given, without which the run can be done.
        case frames([Int: LeftOut.Reason])

        init(_ error: MotionStackError) {
            self = error.frame.map { .frames([$0: .lost(error.message)]) } ?? .failed(error)
        }
    }

    private func attempt(
        _ paths: [String], but unusable: [Int: LeftOut.Reason], _ limit: MemoryLimit, _ start: Double,
        _ narrator: Narrator
    ) throws(Setback) -> IntegrationResult {
        let scratch = scratch(limit)
        var planner = planner(limit: limit, narrator: narrator, scratch: scratch)
        planner.unusable = unusable
        var planned: (plan: RunPlan, reader: RasterReader, refusal: MotionStackError?)
        do throws(MotionStackError) { planned = try planner.plan(paths) } catch { throw Setback(error) }
        return try carryOut(
            &planned.plan, planned.reader, planned.refusal, limit, inputs: paths, start, narrator, scratch)
    }

    /// Carries out a plan that was saved, on frames that are where it says or below `root`. Of `options` the resources count, and where the products go.
    ///
    /// Throws what `run` throws, and `.badData` for a frame that is another than the plan was made for, with its name.
    package func run(plan path: String, root: String? = nil) throws(MotionStackError) -> IntegrationResult {
        let start = MonotonicClock.seconds
        let limit = MemoryLimit.choose(options.resources)
        let narrator = Narrator(progress, limit: limit.limit)
        let file = try PlanFile(opening: path, in: files)
        var own = self
        own.excluded = excluded ?? (options.resources.limitsWholeProcess ? ByteCount(0) : ProcessMemory.resident)
        own.options = try PlanLoading.facts(file).request(options)
        let scratch = own.scratch(limit)
        let planner = own.planner(limit: limit, narrator: narrator, scratch: scratch)
        let loading = PlanLoading(
            file: file, root: root, files: files, scratch: scratch, cancellation: cancellation, limit: limit,
            excluded: planner.excluded)
        let loaded = try loading.load { narrator.advance(.survey, $0, $1) }
        var run = loaded.run
        run.file = file
        let products = run.plans.reduce(0) { $0 + $1.methods.count }
        let reader = RasterReader(
            loaded.rasters, files: files, scratch: scratch, maximumOpen: planner.maximumOpen(products: products),
            threads: planner.threads)
        let store = MappedStore()
        for part in run.parts.indices {
            for target in run.parts[part].targets.indices {
                try planner.bringOntoGrid(&run.parts[part].targets[target], reader: reader, store)
            }
        }
        let refusal = planner.schedule(&run)
        do throws(Setback) {
            return try own.carryOut(
                &run, reader, refusal, limit, inputs: loaded.rasters.compactMap { $0?.path }, start, narrator, scratch)
        } catch {
            switch error {
            case .failed(let error): throw error
            case .frames(let reasons):
                // What the plan says cannot be made without it.
                let first = reasons.min { $0.key < $1.key }
                let path = first.flatMap { loaded.rasters[$0.key]?.path } ?? ""
                throw MotionStackError(
                    .io, "\(path): \(first?.value.detail ?? ""), a frame of the plan; nothing was written")
            }
        }
    }

    /// Carries out what was planned or loaded.
    private func carryOut(
        _ run: inout RunPlan, _ reader: RasterReader, _ refusal: MotionStackError?, _ limit: MemoryLimit,
        inputs: [String], _ start: Double, _ narrator: Narrator, _ scratch: Scratch
    ) throws(Setback) -> IntegrationResult {
        finishPlan(&run, limit)
        let planned = MonotonicClock.seconds
        let outputPaths: [String]
        let picturePaths: [String]
        let targets: [[TargetRun]]
        do throws(MotionStackError) {
            if let refusal {
                onRefusal?(try report(run, refusal, start))
                throw refusal
            }
            outputPaths = try makeWay(run, inputs)
            picturePaths = try makeWayForPictures(run, inputs, products: outputPaths)
            tell(run, narrator)
            targets = try makeTargets(
                run, outputPaths, headers: FrameHeaders(reader: reader, files: files, options: options))
        } catch { throw Setback(error) }
        do throws(Setback) {
            let facts: PassFacts
            do throws(MotionStackError) {
                facts = try carryOut(run, targets, reader: reader, narrator: narrator, scratch: scratch)
            } catch { throw Setback(error) }
            let unusable = unusable(targets, reader, isLoaded: run.file != nil)
            guard unusable.isEmpty else { throw .frames(unusable) }
            do throws(MotionStackError) {
                try publish(targets)
                try makePictures(of: outputPaths, picturePaths, narrator)
            } catch { throw .failed(error) }
            var result = result(
                run, targets, facts, openPeak: reader.openPeak, planSeconds: planned - start,
                integrateSeconds: MonotonicClock.seconds - planned, narrator)
            result.report.count(services)
            result.report.replies = keepReplies(run.plans, outputPaths, narrator)
            return result
        } catch {
            for target in targets.joined() { target.discard() }
            throw error
        }
    }

    /// The products' paths, which may be taken.
    private func makeWay(_ run: RunPlan, _ inputs: [String]) throws(MotionStackError) -> [String] {
        let outputCheck = OutputCheck(options: options, files: files, inputs: inputs)
        let outputPaths = options.outputs.writesProduct ? try ProductPath.paths(options, run) ?? [] : []
        try outputCheck.check(outputPaths)
        try outputCheck.checkDisk(run.main, outputPaths)
        for copy in replyCopies(run.plans, outputPaths) { try copy.check(overwrite: options.outputs.overwrite) }
        for path in outputPaths { _ = try? StalePart.remove(of: path, in: files) }
        return outputPaths
    }

    /// Frames that should not be in the products, now that all pixels have been read: those that changed meanwhile, and those that add nothing.
    /// What a loaded plan counts stays counted.
    private func unusable(
        _ targets: [[TargetRun]], _ reader: RasterReader, isLoaded: Bool
    ) -> [Int: LeftOut.Reason] {
        var valid: [Int: UInt64] = [:]
        for target in targets.joined() {
            for (index, frame) in target.plan.frames.enumerated() {
                valid[frame.givenIndex, default: 0] += target.counts?.valid[index] ?? 0
            }
        }
        var reasons: [Int: LeftOut.Reason] = [:]
        if !isLoaded { for (index, count) in valid where count == 0 { reasons[index] = .noData } }
        for index in reader.changed(among: valid.keys) { reasons[index] = .lost("it changed while the run read it") }
        return reasons
    }

    // MARK: Parts of a run

    private func planner(limit: MemoryLimit, narrator: Narrator, scratch: Scratch) -> Planner {
        let excluded = excluded ?? (options.resources.limitsWholeProcess ? ByteCount(0) : ProcessMemory.resident)
        return Planner(
            options: options, files: files, scratch: scratch, cancellation: cancellation, narrator: narrator,
            limit: limit,
            motions: MotionResolution(
                sources: sources, cancellation: cancellation, narrator: narrator, record: services,
                memoryLimit: options.resources.memoryLimit, excluded: excluded),
            excluded: excluded, reserved: reserved)
    }

    /// Where its folder is in memory it may take what the limit leaves.
    private func scratch(_ limit: MemoryLimit) -> Scratch {
        let taken = options.resources.limitsWholeProcess ? ProcessMemory.resident.bytes : 0
        return Scratch(
            folder: scratchFolder, files: files, memoryRoom: limit.limit.bytes - taken - Int64(Planner.unledgered))
    }

    private var scratchFolder: String {
        options.resources.scratchFolder ?? PathParts.split(options.outputs.path ?? "stack.fits").folder
    }

    private func finishPlan(_ run: inout RunPlan, _ limit: MemoryLimit) {
        if let warning = limit.warning { run.machineWarnings = [warning] }
        run.parts[0].targets[0].io.freeDisk = (try? files.freeBytes(inFolder: scratchFolder)).map { ByteCount($0) }
    }

    private func result(
        _ run: RunPlan, _ targets: [[TargetRun]], _ facts: PassFacts, openPeak: Int, planSeconds: Double,
        integrateSeconds: Double,
        _ narrator: Narrator
    ) -> IntegrationResult {
        let all = Array(targets.joined())
        var warnings = Self.warnings(run)
        for (index, target) in all.enumerated() {
            for warning in target.counts?.warnings(target.plan) ?? [] {
                let line = index == 0 ? warning : (target.label.map { "\($0): " } ?? "") + warning
                narrator.say(line, .warning)
                warnings.append(line)
            }
        }
        let paths = all.flatMap { $0.writers.map(\.path) }
        let reports = all.map { target in
            IntegrationReport.Target(
                plan: target.plan,
                samples: target.counts.map { counts in
                    target.plan.frames.indices.map {
                        .init(
                            valid: counts.valid[$0], rejectedLow: counts.rejectedLow[$0],
                            rejectedHigh: counts.rejectedHigh[$0])
                    }
                })
        }
        let outputs = Self.outputs(run.plans, paths) { index in
            let plan = all[index].plan
            return Double(all[index].counts?.filledPixels ?? 0) / Double(max(1, plan.width * plan.height))
        }
        let main = all[0]
        let report = IntegrationReport(
            status: run.plans.contains { $0.leftOut.contains(where: \.isLost) } ? .partial : .complete, plan: run.main,
            samples: reports[0].samples, targets: reports,
            refinement: run.refinement, outputs: outputs,
            warnings: warnings, adaptations: run.main.adaptations + facts.adaptations,
            measuredPeak: ByteCount(max(0, ProcessMemory.peak.bytes - run.main.memory.excluded.bytes)),
            bytesRead: files.counters.bytesRead - facts.copyRead,
            bytesWritten: all.reduce(0) { $0 + $1.writers.reduce(0) { $0 + $1.bytesWritten } },
            scratchBytesRead: facts.copyRead,
            openFilesPeak: openPeak, planSeconds: planSeconds, integrateSeconds: integrateSeconds,
            rejectedNear: main.counts?.held.near.share, rejectedElsewhere: main.counts?.held.far.share)
        var products: [StackProduct] = []
        for target in all {
            for method in target.plan.methods.indices {
                products.append(
                    StackProduct(
                        output: outputs[products.count],
                        image: target.images.indices.contains(method) ? target.images[method] : nil,
                        meta: Self.meta(target.plan)))
            }
        }
        return IntegrationResult(
            image: products[0].image, paths: paths, meta: products[0].meta, products: products, report: report)
    }

    /// The classic names, as the cards have them.
    private static func meta(_ plan: IntegrationPlan) -> [String: MetaValue] {
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
        return meta
    }

    static func carried(_ error: FilesError) -> MotionStackError { carried(FITSError(error)) }

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
        self.init(
            grouped: frames.map {
                Item(path: $0.path, group: $0.group, detail: $0.reason, remedy: $0.remedy)
            })
    }
}
