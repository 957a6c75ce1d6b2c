internal import Sky

/// Where the products of a run go.
enum ProductPath {
    /// One path a method: the output as asked, further ones `STEM_{slug}.fits` beside it. nil where a name holds what only the plan knows.
    static func paths(_ options: IntegrationOptions, _ plan: IntegrationPlan?) throws(MotionStackError) -> [String]? {
        let template = options.output ?? defaultName(options)
        var values = [("{object}", slug(options.objectName ?? "object")), ("{part}", "1")]
        if let plan {
            let stamp = plan.referenceTime.map { $0.iso(decimals: 0).filter { $0 != "-" && $0 != ":" } } ?? "no-time"
            values += [("{utc}", stamp), ("{n}", "\(plan.frames.count)")]
        } else if template.contains("{utc}") || template.contains("{n}") {
            return nil
        }
        var paths: [String] = []
        for (index, method) in options.methods.enumerated() {
            var path = template
            let namesMethod = path.contains("{method}")
            for (key, value) in values + [("{method}", method.rawValue)] { path = path.replacing(key, with: value) }
            if index > 0, !namesMethod { path = further(path, slug: slug(method.rawValue)) }
            guard !paths.contains(path) else {
                throw MotionStackError(
                    .usage, "\(path): two products would have this name; put {method} into --output")
            }
            paths.append(path)
        }
        return paths
    }

    static func defaultName(_ options: IntegrationOptions) -> String {
        options.motion.isStandard ? "standard_stack.fits" : "motion_tracked_stack.fits"
    }

    /// The folder of a path.
    static func folder(_ path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    private static func further(_ path: String, slug: String) -> String {
        for suffix in [".fits", ".fit", ".fts"] where path.lowercased().hasSuffix(suffix) {
            return String(path.dropLast(suffix.count)) + "_\(slug)" + path.suffix(suffix.count)
        }
        return path + "_\(slug).fits"
    }

    /// Letters, digits and '-'.
    static func slug(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.isASCII, character.isLetter || character.isNumber {
                result.append(character)
            } else if !result.isEmpty, result.last != "-" {
                result.append("-")
            }
        }
        while result.last == "-" { result.removeLast() }
        return result.isEmpty ? "object" : result
    }
}
