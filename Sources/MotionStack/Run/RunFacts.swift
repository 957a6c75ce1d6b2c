/// What a run measured, beside its plan.
struct RunFacts: Sendable {
    var counts: IntegrationCounts
    var adaptations: [String]
    var warnings: [String]
    var openPeak: Int
}
