internal import FITS
internal import Files
internal import Sky

/// Binds a plan to the frames of this machine: each is opened, held against its fingerprint, and expanded where it is compressed.
struct PlanLoading {
    let file: PlanFile
    /// What relative paths stand on; nil: the working directory.
    let root: String?
    let files: any FileSystem
    let scratch: Scratch
    let cancellation: Cancellation
    let limit: MemoryLimit
    let excluded: ByteCount

    struct Loaded {
        var facts: StackPlan.Facts
        var run: RunPlan
        /// By place in what was given.
        var rasters: [Raster?] = []
    }

    /// The facts alone. Throws `.badData` for what is no plan of this version.
    static func facts(_ file: PlanFile) throws(MotionStackError) -> StackPlan.Facts {
        var found: StackPlan.Facts?
        try file.forEachLine { (line, _) throws(MotionStackError) in
            found = try facts(line, file)
            return false
        }
        guard let found else { throw notAPlan(file, "it is empty") }
        return found
    }

    private static func facts(_ line: [UInt8], _ file: PlanFile) throws(MotionStackError) -> StackPlan.Facts {
        struct Mark: Decodable { let format: String }
        do throws(MotionStackError) {
            let mark = try JSONDecoding.value(Mark.self, of: line)
            guard mark.format == StackPlan.Facts.format else {
                throw MotionStackError(.badData, "its format is \(mark.format), not \(StackPlan.Facts.format)")
            }
            let facts = try JSONDecoding.value(StackPlan.Facts.self, of: line)
            guard !facts.targets.isEmpty else { throw MotionStackError(.badData, "it has no target") }
            return facts
        } catch { throw notAPlan(file, error.message) }
    }

    private static func notAPlan(_ file: PlanFile, _ why: String) -> MotionStackError {
        MotionStackError(.badData, "\(file.path): is no plan that can be carried out: \(why)")
    }

    /// Throws `.badData` for a frame that has changed, `.noInput` for one that is not there.
    func load(progress: (Int, Int) -> Void) throws(MotionStackError) -> Loaded {
        var facts: StackPlan.Facts?
        var request = StackRequest(settings: IntegrationSettings())
        var frames: [[PlannedFrame]] = []
        var references: [PlannedFrame?] = []
        var leftOut: [[LeftOutFrame]] = []
        var rasters: [Raster?] = []
        var shared = SharedTexts()
        var (done, out, number) = (0, 0, 0)
        try file.forEachLine { (line, range) throws(MotionStackError) in
            number += 1
            guard let known = facts else {
                let found = try Self.facts(line, file)
                facts = found
                request = found.request
                try Self.check(found, file)
                frames = Array(repeating: [], count: found.targets.count)
                // A frame takes no more than its own: doubling would leave as much again unused.
                let parts = found.request.targets.parts?.count ?? 1
                for index in frames.indices { frames[index].reserveCapacity(min(found.frames, 1 << 20) / parts + 1) }
                references = Array(repeating: nil, count: found.targets.count)
                leftOut = Array(repeating: [], count: found.targets.count)
                return true
            }
            try cancellation.check()
            do throws(MotionStackError) {
                if done < known.frames {
                    let frame = try JSONDecoding.value(StackPlan.Frame.self, of: line)
                    let found = try self.found(frame, request)
                    let raster = found.raster
                    guard frame.given >= 0, frame.given < Self.mostGiven else { throw badLine("file \(frame.given)") }
                    while rasters.count <= frame.given { rasters.append(nil) }
                    guard rasters[frame.given] == nil else { throw badLine("second line of file \(frame.given)") }
                    rasters[frame.given] = raster
                    var time = frame.time
                    // One text for all frames that say the same.
                    if let source = time?.source { time?.source = shared.text(source) }
                    let record = FrameRecord(
                        givenIndex: frame.given, hdu: frame.hdu, raster: raster,
                        headerChecksum: frame.fingerprint.header, time: time, wcsCards: nil,
                        detector: found.detector.map { shared.detector($0) })
                    for use in frame.uses {
                        guard known.targets.indices.contains(use.target) else { throw badLine("target \(use.target)") }
                        try check(use, known.targets[use.target], raster)
                        let planned = PlannedFrame(
                            path: frame.path, record: record, order: frame.order, sky: use.sky,
                            place: use.place, map: use.map, mapErrorPixels: use.mapErrorPixels,
                            noiseGain: use.noiseGain, weight: use.weight, noise: use.noise, scale: use.scale,
                            zero: use.zero,
                            mesh: use.mesh, line: frame.wcs == nil ? nil : range,
                            trailPixels: use.trailPixels, sharedStars: use.stars.map(SharedStars.init))
                        if use.isStacked { frames[use.target].append(planned) }
                        if use.isReference { references[use.target] = planned }
                    }
                    done += 1
                    progress(done, known.frames)
                } else {
                    let frame = try JSONDecoding.value(StackPlan.LeftOut.self, of: line)
                    guard known.targets.indices.contains(frame.target) else { throw badLine("target \(frame.target)") }
                    leftOut[frame.target].append(frame.frame)
                    out += 1
                }
            } catch {
                guard error.code == .badData, !error.message.hasPrefix(Self.changed) else { throw error }
                throw MotionStackError(.badData, "\(file.path):\(number): \(error.message)")
            }
            return true
        }
        guard let facts, done == facts.frames, out == facts.leftOut else {
            throw Self.notAPlan(file, facts == nil ? "it is empty" : "it is cut short")
        }
        var parts: [PartPlan] = []
        for (index, target) in facts.targets.enumerated() {
            guard let reference = references[index], !frames[index].isEmpty else {
                throw Self.notAPlan(file, "target \(index + 1) lacks frames")
            }
            let plan = IntegrationPlan(
                target, frames: frames[index], leftOut: leftOut[index], reference: reference, limit: limit,
                excluded: excluded)
            if index > 0, target.part == facts.targets[index - 1].part {
                parts[parts.count - 1].targets.append(plan)
            } else {
                parts.append(PartPlan(targets: [plan]))
            }
        }
        return Loaded(
            facts: facts, run: RunPlan(parts: parts, refinement: facts.refinement), rasters: rasters)
    }

    private func badLine(_ what: String) -> MotionStackError { MotionStackError(.badData, "there is no \(what)") }

    /// More files than these no run was given.
    private static let mostGiven = 1 << 24

    /// What a run takes for granted of its plan: the file may be damaged, or made by hand.
    private static func check(_ facts: StackPlan.Facts, _ file: PlanFile) throws(MotionStackError) {
        let request = facts.request
        do throws(MotionStackError) { try request.check() } catch { throw notAPlan(file, error.message) }
        let each = 1 + request.targets.also.count
        let parts = request.targets.parts?.count ?? 1
        guard facts.targets.count == each * parts, facts.frames > 0, facts.leftOut >= 0 else {
            throw notAPlan(file, "it has \(facts.targets.count) targets, its request \(each * parts)")
        }
        for (index, target) in facts.targets.enumerated() {
            let part = parts > 1 ? index / each + 1 : nil
            guard target.part == part, target.methods == request.outputs.methods,
                target.rejection == request.rejection, target.rejectionFloor >= 0
            else { throw notAPlan(file, "target \(index + 1) is not what its request says") }
            let grid = target.grid
            guard (1...1 << 30).contains(grid.width), (1...1 << 30).contains(grid.height),
                grid.width <= (1 << 40) / grid.height, abs(grid.x) < 1 << 31, abs(grid.y) < 1 << 31,
                grid == facts.targets[index / each * each].grid, Set(target.maps).count == target.maps.count
            else { throw notAPlan(file, "target \(index + 1) has no grid that can be made") }
            if let held = target.held, !(abs(held.x) < 1e9 && abs(held.y) < 1e9) {
                throw notAPlan(file, "target \(index + 1) is held nowhere")
            }
        }
    }

    private func check(_ use: StackPlan.Use, _ target: TargetPlan, _ raster: Raster) throws(MotionStackError) {
        let map = use.map
        let isKnown =
            if let grid = map.grid {
                target.alignment == .wcs && grid.isSound && grid.interpolation == target.interpolation
            } else {
                map == FrameMap(dx: map.dx, dy: map.dy, interpolation: target.interpolation) || map == .identity
            }
        guard isKnown, abs(map.dx) < 1e8, abs(map.dy) < 1e8 else { throw badLine("such map") }
        if use.isStacked, !map.overlaps(target.grid, width: raster.width, height: raster.height) {
            throw badLine("overlap with the grid")
        }
        if let mesh = use.mesh {
            guard mesh.values.count == BackgroundMesh.cells * BackgroundMesh.cells, mesh.width == raster.width,
                mesh.height == raster.height
            else { throw badLine("such mesh") }
        }
        guard (use.mesh != nil) == (target.zero == .mesh), [use.scale, use.zero, use.weight].allSatisfy(\.isFinite),
            use.weight > 0,
            use.noise.map({ $0.base > 0 && $0.base < 1e60 && $0.slope >= 0 && $0.slope < 1e60 }) ?? true
        else { throw badLine("such level") }
        for place in [use.place].compactMap(\.self) where !(abs(place.x) < 1e9 && abs(place.y) < 1e9) {
            throw badLine("such place")
        }
    }

    private static let changed = "a frame of the plan has changed: "

    /// The frame as it is here.
    private func found(_ frame: StackPlan.Frame, _ request: StackRequest) throws(MotionStackError) -> FrameRecord {
        let path = local(frame.path)
        let surveyor = Surveyor(options: request, files: files, scratch: scratch, cancellation: cancellation) {
            [limit, excluded] in Planner.memoryLeft(limit, excluded)
        }
        let found: Frame
        switch surveyor.read(path, frame.given) {
        case .success(let frame): found = frame
        case .failure(let problem):
            if let fatal = problem.fatal { throw fatal }
            let reason = problem.leftOut?.reason
            throw MotionStackError(
                reason?.kind == .missing ? .noInput : .badData,
                "\(path): \(reason?.detail ?? "cannot be read"), a frame of the plan; --root DIR says where the frames are"
            )
        }
        func changed(_ what: String) -> MotionStackError {
            MotionStackError(
                .badData, "\(Self.changed)\(path): \(what); make the plan again (motion-stack plan --save)")
        }
        let (planned, identity) = (frame.fingerprint, found.raster.identity)
        guard identity.size == planned.size else {
            throw changed("it has \(identity.size) bytes, not \(planned.size)")
        }
        guard found.headerChecksum == planned.header, found.hdu == frame.hdu else {
            throw changed("its header is another")
        }
        if identity.modifiedNanoseconds != planned.modifiedNanoseconds {
            guard let data = planned.data else {
                throw changed(
                    "its time of change is another, and the plan has no hash of its data to hold it against (cp -p and rsync -t keep the time, plan --save --hash keeps hashes)"
                )
            }
            guard try PlanFile.hash(of: path, in: files) == data else { throw changed("its data are others") }
        }
        return found.record
    }

    private func local(_ path: String) -> String {
        guard let root, !path.hasPrefix("/") else { return path }
        return PathParts.join(root, path)
    }
}
