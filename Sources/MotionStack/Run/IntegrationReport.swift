public import Sky

/// What a run did: its plan and what was measured. The JSON, the narration and the FRAMES table are views of it.
public struct IntegrationReport: Sendable {
    public enum Status: String, Codable, Sendable { case complete, partial, refused, planned }

    public var status: Status
    /// That of the main target, of the first part where there are several.
    public var plan: IntegrationPlan
    /// One entry a used frame, in the order of `plan.frames`; nil before the run.
    public var samples: [FrameSamples]?
    /// Every target of every part, in the order of the outputs; the first is that of `plan`.
    public var targets: [Target]
    /// With `refineRatePercent`.
    public var refinement: RateRefinement?
    public var outputs: [Output]
    public var warnings: [String]
    public var adaptations: [String]
    public var measuredPeak: ByteCount?
    public var bytesRead: Int64?
    public var bytesWritten: Int64?
    /// Read from the scratch file for further targets, beside `bytesRead`.
    public var scratchBytesRead: Int64?
    public var openFilesPeak: Int?
    public var planSeconds: Double
    public var integrateSeconds: Double?
    /// Rejected share of the samples within 5 pixels of the held place, and of all others.
    public var rejectedNear: Double?
    public var rejectedElsewhere: Double?
    /// Replies of services that were kept beside the products.
    public var replies: [Reply] = []

    /// A reply as it came.
    public struct Reply: Codable, Sendable {
        public var object: String
        public var path: String
    }

    public struct FrameSamples: Codable, Sendable {
        public var valid: UInt64
        public var rejectedLow: UInt64
        public var rejectedHigh: UInt64
    }

    /// What was done for one target of one part.
    public struct Target: Sendable {
        public var plan: IntegrationPlan
        public var samples: [FrameSamples]?
    }

    public struct Output: Codable, Sendable {
        public var path: String
        public var object: String?
        public var part: Int?
        public var method: Combination
        /// The instant to report, at which the object is at the held place.
        public var referenceTime: Instant?
        /// As FITS counts pixels; nil when unknown.
        public var heldPixel: FITSPixel?
        /// The object at that time, ICRS; nil when unknown.
        public var heldSky: SkyPosition?
        /// The exposure that its level stands for (EXPTIME); nil where no frame says one.
        public var exposureSeconds: Double?
        /// Frames used.
        public var frames: Int
        public var width: Int
        public var height: Int
        /// Share of the pixels that have at least one sample.
        public var validFraction: Double
    }
}

/// A value of `IntegrationResult.meta`.
public enum MetaValue: Hashable, Codable, Sendable, CustomStringConvertible {
    case logical(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)

    public var description: String {
        switch self {
        case .logical(let value): value ? "T" : "F"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): value
        }
    }

    public var bool: Bool? { if case .logical(let value) = self { value } else { nil } }
    public var int: Int? { if case .integer(let value) = self { Int(value) } else { nil } }
    public var string: String? { if case .text(let value) = self { value } else { nil } }
}

/// One product: of a part, a target, a method.
public struct StackProduct: Sendable {
    public var output: IntegrationReport.Output
    /// When it was asked to be kept.
    public var image: StackImage?
    /// The classic names, and `NCOMBINE`.
    public var meta: [String: MetaValue]
}

public struct IntegrationResult: Sendable {
    /// The first product's, when it was asked to be kept.
    public var image: StackImage?
    /// Paths of the products, in the order of parts, targets and methods.
    public var paths: [String]
    /// The classic names: `COMBINED`, `MOTION_TRACKED`, `TRACKED_OBJECT`, `CHUNKED_PROCESSING`, `TOTAL_CHUNKS`, `REFERENCE_TIME`.
    public var meta: [String: MetaValue]
    /// All products, in the order of `paths`.
    public var products: [StackProduct]
    public var report: IntegrationReport
}
