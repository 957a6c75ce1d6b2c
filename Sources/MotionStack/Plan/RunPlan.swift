/// What a run will do: a plan for each target of each part, and in which passes they are carried out.
struct RunPlan: Sendable {
    /// Parts in the order of time (one where nothing is divided).
    var parts: [PartPlan]
    var refinement: RateRefinement?
    /// The least limit with which the rate can be refined; 0 where it is not.
    var refinementBytes = 0
    /// What is to be said of the machine that carries it out.
    var machineWarnings: [String] = []
    /// The file that it was loaded from, in which texts of headers wait.
    var file: PlanFile?

    /// The main target of the first part.
    var main: IntegrationPlan { parts[0].targets[0] }
    /// Every target of every part, in the order of the products.
    var plans: [IntegrationPlan] { parts.flatMap(\.targets) }
}

/// The targets of one part of the frames.
struct PartPlan: Sendable {
    /// The main target first.
    var targets: [IntegrationPlan]
    var passes: [Pass] = []
    /// Rows of the first pass that wait in the scratch file for the further ones; nil where all targets come from one read.
    var copy: RowCopy.Layout?

    /// Targets that are made from one read.
    struct Pass: Sendable {
        var targets: Range<Int>
        var inputs: [StripInput]
        /// Whether rows come from the copy in the scratch file instead of the inputs.
        var readsCopy = false
        /// Whether rows go into the copy as they are read.
        var makesCopy = false
        /// Whether the target's frames are prepared in the scratch file first, and read there.
        var prepares = false
    }
}
