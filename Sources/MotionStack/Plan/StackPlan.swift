internal import FITS
internal import Files
public import Sky

/// What was decided for a run, so that another process or machine makes the same bits without deciding anything: frames and their maps, factors and
/// grids. It has no memory limit, no threads and no strips, and nothing of the machine that made it but paths as they were given.
public struct StackPlan: Hashable, Codable, Sendable {
    public let facts: Facts
    let frames: [Frame]
    let leftOut: [LeftOut]

    /// What is known of the run as a whole: the first line of a plan's file.
    public struct Facts: Hashable, Codable, Sendable {
        /// What marks the file.
        public let format: String
        /// The program that made it.
        public let program: String
        /// Without the resources of the run that made it.
        public let request: StackRequest
        public let refinement: RateRefinement?
        /// Every target of every part, in the order of the products.
        public let targets: [TargetPlan]
        /// Lines of frames, and of frames left out.
        public let frames: Int
        public let leftOut: Int

        static let format = "motion-stack plan 1"
    }

    /// A frame that takes part, or whose grid the output has.
    struct Frame: Hashable, Codable, Sendable {
        let path: String
        /// Place in what was given.
        let given: Int
        /// Place by time.
        let order: Int
        let hdu: Int
        let fingerprint: Fingerprint
        let time: FrameTime?
        /// World coordinates as text.
        let wcs: String?
        let uses: [Use]
    }

    /// What a file is known by on another machine: never inode or time of the last change of its name.
    struct Fingerprint: Hashable, Codable, Sendable {
        let size: Int64
        let modifiedNanoseconds: Int64
        /// FNV-1a, 64 bits.
        let header: UInt64
        /// Of the whole file, with `--hash`.
        let data: UInt64?
    }

    /// Where a frame lies in the stack of one target.
    struct Use: Hashable, Codable, Sendable {
        /// Index in `Facts.targets`.
        let target: Int
        /// Whether its samples go into the stack.
        let isStacked: Bool
        /// Whether its grid is the output's.
        let isReference: Bool
        let sky: SkyPosition?
        let place: PixelPoint?
        let map: FrameMap
        let mapErrorPixels: Double?
        let noiseGain: Double
        let weight: Double
        let noise: FrameNoise?
        let scale: Double
        let zero: Double
        let mesh: BackgroundMesh?
        let trailPixels: Double?
        let stars: FrameStars?
    }

    struct LeftOut: Hashable, Codable, Sendable {
        /// Index in `Facts.targets`.
        let target: Int
        let frame: LeftOutFrame
    }
}

extension StackPlan.Facts {
    init(_ run: RunPlan, _ request: StackRequest) {
        var request = request
        // Chunks are named in the products' headers; the rest is of the machine.
        let chunks = request.resources
        request.resources = StackRequest.Resources(IntegrationSettings())
        request.resources.chunkSize = chunks.chunkSize
        request.resources.chunkedEnabled = chunks.chunkedEnabled
        request.resources.forceChunked = chunks.forceChunked
        request.outputs.overwrite = false
        let plans = run.plans
        self.init(
            format: Self.format, program: MotionStackVersion.creator, request: request, refinement: run.refinement,
            targets: plans.map(\.stack), frames: StackPlan.uses(plans).count,
            leftOut: plans.reduce(0) { $0 + $1.leftOut.count })
    }
}

extension StackPlan.Facts {
    /// The request with the resources of this run, and where its products go.
    func request(_ run: StackRequest) -> StackRequest {
        var request = request
        let chunks = request.resources
        request.resources = run.resources
        request.resources.chunkSize = chunks.chunkSize
        request.resources.chunkedEnabled = chunks.chunkedEnabled
        request.resources.forceChunked = chunks.forceChunked
        request.outputs.path = run.outputs.path ?? request.outputs.path
        request.outputs.overwrite = run.outputs.overwrite
        request.outputs.writesProduct = run.outputs.writesProduct
        request.outputs.keepsImage = run.outputs.keepsImage
        return request
    }
}

extension StackPlan {
    /// The plan of a run. `hash` gives the hash of a file's data.
    init(
        _ run: RunPlan, _ request: StackRequest,
        hash: (PlannedFrame) throws(MotionStackError) -> UInt64? = { _ in nil }
    ) throws(MotionStackError) {
        facts = Facts(run, request)
        let plans = run.plans
        var frames: [Frame] = []
        for places in Self.uses(plans) {
            guard let frame = Self.frame(places, plans) else { continue }
            frames.append(try Frame(places, plans, data: hash(frame)))
        }
        self.frames = frames
        leftOut = plans.enumerated().flatMap { index, plan in plan.leftOut.map { LeftOut(target: index, frame: $0) } }
    }

    /// Where a frame stands in the plan of a target; `frame` nil: it is the reference alone.
    struct Place {
        var target: Int
        var frame: Int?
    }

    /// The places of each frame, in the order of time.
    static func uses(_ plans: [IntegrationPlan]) -> [[Place]] {
        var places: [Int: (given: Int, uses: [Place])] = [:]
        for (target, plan) in plans.enumerated() {
            for (index, frame) in plan.frames.enumerated() {
                places[frame.order, default: (frame.givenIndex, [])].uses.append(Place(target: target, frame: index))
            }
            if plan.reference == nil {
                let frame = plan.referenceFrame
                places[frame.order, default: (frame.givenIndex, [])].uses.append(Place(target: target))
            }
        }
        return places.sorted { $0.key < $1.key }.map(\.value.uses)
    }

    static func frame(_ places: [Place], _ plans: [IntegrationPlan]) -> PlannedFrame? {
        places.first.map { place in
            place.frame.map { plans[place.target].frames[$0] } ?? plans[place.target].referenceFrame
        }
    }
}

extension StackPlan.Frame {
    init(_ places: [StackPlan.Place], _ plans: [IntegrationPlan], data: UInt64?) throws(MotionStackError) {
        guard let frame = StackPlan.frame(places, plans) else {
            throw MotionStackError(.io, "a frame of the plan has no place in it")
        }
        let identity = frame.raster.identity
        self.init(
            path: frame.path, given: frame.givenIndex, order: frame.order, hdu: frame.hdu,
            fingerprint: .init(
                size: identity.size, modifiedNanoseconds: identity.modifiedNanoseconds, header: frame.headerChecksum,
                data: data),
            time: frame.time, wcs: frame.wcsCards.map { String(decoding: $0.bytes, as: UTF8.self) },
            uses: places.map { place in
                let plan = plans[place.target]
                let frame = place.frame.map { plan.frames[$0] } ?? plan.referenceFrame
                return StackPlan.Use(
                    target: place.target, isStacked: place.frame != nil,
                    isReference: frame.givenIndex == plan.referenceFrame.givenIndex, sky: frame.sky,
                    place: frame.place, map: frame.map, mapErrorPixels: frame.mapErrorPixels,
                    noiseGain: frame.noiseGain, weight: frame.weight, noise: frame.noise, scale: frame.scale,
                    zero: frame.zero,
                    mesh: frame.mesh, trailPixels: frame.trailPixels, stars: frame.stars)
            })
    }
}
