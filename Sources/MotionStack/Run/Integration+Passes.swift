internal import FITS
internal import Files
internal import Sky

/// The passes of a run: which engine works on which targets, from the inputs or from the copy.
extension Integration {
    /// What the passes took beside what the targets counted.
    struct PassFacts {
        var adaptations: [String] = []
        var copyRead: Int64 = 0
    }

    /// Carries out every pass of every part; the products then lack nothing but their names.
    func carryOut(
        _ run: RunPlan, _ targets: [[TargetRun]], reader: RasterReader, narrator: Narrator, scratch: Scratch
    ) throws(MotionStackError) -> PassFacts {
        let excluded = run.main.memory.excluded
        let resident = resident ?? { ProcessMemory.resident(above: excluded) }
        let context = RunContext(
            kernels: try PixelKernels(asked: options), cancellation: cancellation, limit: run.main.memory.limit,
            predictedPeak: run.main.memory.predictedPeak, resident: resident,
            note: { narrator.say($0) })
        var facts = PassFacts()
        let pixels = run.main.width * run.main.height
        narrator.expect(
            frames: run.parts.reduce(0) { $0 + $1.targets[0].frames.count },
            strips: run.parts.reduce(0) { sum, part in
                sum + part.passes.reduce(0) { $0 + part.targets[$1.targets.lowerBound].schedule.strips }
            })
        narrator.expect(passes: run.parts.reduce(0) { $0 + $1.passes.count }, pixelsEach: pixels)
        for (number, part) in run.parts.enumerated() {
            let copy = part.copy.map { RowCopy($0, scratch: scratch) }
            for pass in part.passes {
                let working = Array(targets[number][pass.targets])
                let frames = part.targets[pass.targets].map { FrameNarration($0, narrator) }
                var context = context
                context.progress = { done, total, strips in
                    narrator.advance(.integration, done, total, strips: strips)
                    for target in frames { target.reached(done, of: total) }
                }
                let counts = try MotionStackError.carrying { () throws(StackingError) in
                    try carryOut(pass, of: part, copy, working, reader: reader, scratch: scratch, context, &facts)
                }
                try cancellation.check()
                for (target, counts) in zip(working, counts) {
                    try target.finish(counts, plain: options.outputs.plain)
                }
                narrator.endPass()
            }
            facts.copyRead += copy?.bytesRead ?? 0
        }
        return facts
    }

    /// One pass: what was counted, a target each. The engine's memory is gone when it returns.
    private func carryOut(
        _ pass: PartPlan.Pass, of part: PartPlan, _ copy: RowCopy?, _ working: [TargetRun], reader: RasterReader,
        scratch: Scratch, _ context: RunContext, _ facts: inout PassFacts
    ) throws(StackingError) -> [IntegrationCounts] {
        let schedule = part.targets[pass.targets.lowerBound].schedule
        var targets = part.targets[pass.targets].map(\.measuredStrips)
        var source = RowSource(reader: reader)
        var inputs = pass.inputs
        if part.targets[pass.targets.lowerBound].isMapped {
            source = RowSource(
                reader: RasterReader(
                    placed: inputs.lazy.map { ($0.index, $0.raster) }, files: files, scratch: scratch, maximumOpen: 1,
                    threads: schedule.threads))
        }
        if pass.prepares {
            targets = [
                try PreparedFrames(
                    target: targets[0], reader: reader, scratch: scratch, kernels: context.kernels,
                    cancellation: cancellation, threads: schedule.threads
                ).run(from: (scratch.used + 4095) & ~4095)
            ]
            inputs = StripInput.union(targets)
            source = RowSource(
                reader: RasterReader(
                    placed: inputs.lazy.map { ($0.index, $0.raster) }, files: files,
                    scratch: scratch, maximumOpen: 1, threads: 1))
            facts.copyRead += PreparedFrames.bytes(targets[0])
        }
        source.copying = copy.flatMap { pass.makesCopy ? .makes($0) : pass.readsCopy ? .reads($0) : nil }
        let engine = try StripEngine(targets, inputs: inputs, schedule: schedule, source: source, context: context)
        try engine.run(working.map(\.sinks))
        facts.adaptations += engine.adaptations
        if pass.makesCopy, let copy {
            let all = StripInput.union(part.targets.map(\.strips))
            try RowCopyCompletion(copy: copy.layout, read: pass.inputs, grid: targets[0].grid).run(
                all, source: source, cancellation: cancellation)
        }
        return engine.counts
    }

    /// The products, open and without names, in the order of parts, targets, methods.
    func makeTargets(
        _ run: RunPlan, _ paths: [String], headers: FrameHeaders
    ) throws(MotionStackError) -> [[TargetRun]] {
        var rest = paths[...]
        var targets: [[TargetRun]] = []
        for part in run.parts {
            var own: [TargetRun] = []
            let header = paths.isEmpty ? nil : try reference(part.targets[0], run.file, headers)
            for plan in part.targets {
                var writers: [ProductWriter] = []
                for (index, path) in rest.prefix(plan.methods.count).enumerated() {
                    guard let header else { continue }
                    let cards = ProductHeader(
                        plan: plan, method: plan.methods[index], reference: header.header,
                        coordinates: header.coordinates, options: options)
                    do throws(FITSError) {
                        writers.append(
                            try ProductWriter(
                                path: path, method: index, plan: plan, file: run.file, cards: cards,
                                options: options, files: files))
                    } catch { throw Self.carried(error) }
                }
                rest = rest.dropFirst(plan.methods.count)
                own.append(TargetRun(plan, writers: writers, keepsImages: options.outputs.keepsImage))
            }
            targets.append(own)
        }
        return targets
    }

    /// Header and world coordinates of the frame whose grid the products have.
    private func reference(
        _ plan: IntegrationPlan, _ file: PlanFile?, _ headers: FrameHeaders
    ) throws(MotionStackError) -> (header: Header, coordinates: WorldCoordinates?) {
        let frame = plan.referenceFrame
        let (header, found) = try headers.headerAndCoordinates(
            frame.givenIndex, frame.raster, wasSolved: frame.wcsCards != nil)
        let (width, height) = (frame.raster.width, frame.raster.height)
        // A solution in a file of its own need not have come along with the plan and its frames.
        guard found == nil, let text = frame.line.flatMap({ file?.worldCoordinates($0) }) else {
            return (header, found)
        }
        return (
            header, try? WorldCoordinates(cards: text, width: width, height: height, lenient: options.input.lenientWCS)
        )
    }

    /// Gives all products their names, or none: what this run has named already is taken back. Of products that replace other files all are made
    /// ready before the first is renamed; those that have their names when a later one fails all the same are told in the error.
    func publish(_ targets: [[TargetRun]]) throws(MotionStackError) {
        let writers = targets.joined().flatMap(\.writers)
        for writer in writers {
            do throws(FITSError) { try writer.stage() } catch { throw Self.carried(error) }
        }
        var folders: [String: String] = [:]
        defer { for path in folders.values { files.synchronizeFolder(of: path) } }
        for (index, writer) in writers.enumerated() {
            do throws(FITSError) { try writer.publish() } catch {
                for done in writers[..<index] { done.withdraw() }
                var error = Self.carried(error)
                error.replaced = writers[..<index].filter(\.replaces).map(\.path)
                if !error.replaced.isEmpty {
                    error.message +=
                        "; already new, in place of the old: \(error.replaced.joined(separator: ", ")); the others are as they were"
                }
                throw error
            }
            folders[PathParts.split(writer.path).folder] = writer.path
        }
    }
}
