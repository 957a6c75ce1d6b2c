internal import Sky

/// Where the products of a run go.
enum ProductPath {
    /// One path a product, in the order of parts, targets and methods: the output as asked for the first, `STEM_{slug}.fits` beside it for
    /// the others. nil where a name holds what only the plan knows.
    static func paths(_ options: IntegrationOptions, _ run: RunPlan?) throws(MotionStackError) -> [String]? {
        try paths(options.outputs.path ?? defaultName(options), [".fits", ".fit", ".fts"], "--output", options, run)
    }

    /// The same for their pictures; none where none are asked for.
    static func pictures(_ options: IntegrationOptions, _ run: RunPlan?) throws(MotionStackError) -> [String]? {
        guard let template = options.outputs.preview else { return [] }
        return try paths(template, [".png"], "--preview", options, run)
    }

    /// - Parameters:
    ///   - suffixes: what a name may end with that stands behind the slug; the first is added to those that end with none of them.
    ///   - option: what asked for them.
    private static func paths(
        _ template: String, _ suffixes: [String], _ option: String, _ options: IntegrationOptions, _ run: RunPlan?
    ) throws(MotionStackError) -> [String]? {
        if run == nil, template.contains("{utc}") || template.contains("{n}") { return nil }
        let names = [options.targets.objectName ?? "object"] + options.targets.also.map(\.name)
        var paths: [String] = []
        for part in 0..<(options.targets.parts?.count ?? 1) {
            for (target, name) in names.enumerated() {
                for (index, method) in options.outputs.methods.enumerated() {
                    var path = template
                    var further: [String] = []
                    func fill(_ key: String, _ value: String, isFirst: Bool) {
                        if path.contains(key) {
                            path = path.replacing(key, with: value)
                        } else if !isFirst {
                            further.append(value)
                        }
                    }
                    fill("{object}", FileSlug.of(name), isFirst: target == 0)
                    fill("{part}", "\(part + 1)", isFirst: part == 0)
                    fill("{method}", FileSlug.of(method.rawValue), isFirst: index == 0)
                    if let plan = run?.parts[part].targets[target] {
                        let stamp =
                            plan.referenceTime.map { $0.iso(decimals: 0).filter { $0 != "-" && $0 != ":" } }
                            ?? "no-time"
                        path = path.replacing("{utc}", with: stamp).replacing("{n}", with: "\(plan.frames.count)")
                    }
                    if !further.isEmpty {
                        path = self.further(path, slug: further.joined(separator: "_"), suffixes)
                    }
                    guard !paths.contains(path) else {
                        throw MotionStackError(
                            .usage,
                            "\(path): two products would have this name; other names for the objects, or {object}, {part} and {method} in \(option), tell them apart"
                        )
                    }
                    paths.append(path)
                }
            }
        }
        return paths
    }

    static func defaultName(_ options: IntegrationOptions) -> String {
        options.targets.motion.isStandard ? "standard_stack.fits" : "motion_tracked_stack.fits"
    }

    private static func further(_ path: String, slug: String, _ suffixes: [String]) -> String {
        for suffix in suffixes where path.lowercased().hasSuffix(suffix) {
            return String(path.dropLast(suffix.count)) + "_\(slug)" + path.suffix(suffix.count)
        }
        return path + "_\(slug)" + suffixes[0]
    }
}
