internal import Sky

/// Where the products of a run go.
enum ProductPath {
    /// One path a method: the output as asked, further ones `STEM_{slug}.fits` beside it.
    static func paths(_ plan: IntegrationPlan, output: String?) throws(MotionStackError) -> [String] {
        let template = output ?? (plan.isStandard ? "standard_stack.fits" : "motion_tracked_stack.fits")
        var paths: [String] = []
        for (index, method) in plan.methods.enumerated() {
            var path = template
            let namesMethod = path.contains("{method}")
            let stamp = plan.referenceTime.map { $0.iso(decimals: 0).filter { $0 != "-" && $0 != ":" } } ?? "no-time"
            for (key, value) in [
                ("{object}", slug(plan.objectName ?? "object")), ("{utc}", stamp), ("{n}", "\(plan.frames.count)"),
                ("{method}", method.rawValue), ("{part}", "1"),
            ] {
                path = path.replacing(key, with: value)
            }
            if index > 0, !namesMethod { path = further(path, slug: slug(method.rawValue)) }
            guard !paths.contains(path) else {
                throw MotionStackError(.usage, "\(path): two products would have this name; put {method} into --output")
            }
            paths.append(path)
        }
        return paths
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
