internal import Files

/// What was asked for, as far as it fixes bits, in a form that does not depend on how it was asked: a line for each value that is not the default.
/// Where the product goes, limits, threads and what a person is told are no part of it.
enum RequestText {
    /// `request: placement.alignment = "shift"`, in the order of the request's members.
    static func lines(_ request: StackRequest) -> [String] {
        guard let asked = tree(request), let usual = tree(StackRequest(settings: IntegrationSettings())) else {
            return []
        }
        var lines: [String] = []
        compare(asked, usual, at: "", into: &lines)
        return lines
    }

    /// Members that fix no bits.
    private static let left: Set<String> = [
        "resources", "outputs.path", "outputs.overwrite", "outputs.writesProduct", "outputs.keepsImage",
        "outputs.preview",
    ]

    private static func tree(_ request: StackRequest) -> JSONValue? {
        do throws(MotionStackError) {
            let text = try JSONEncoding.line(request)
            return try? JSONValue(parsing: text)
        } catch { return nil }
    }

    private static func compare(_ asked: JSONValue, _ usual: JSONValue?, at path: String, into lines: inout [String]) {
        guard !left.contains(path) else { return }
        if case .object(let members) = asked, let usual, case .object = usual {
            for member in members {
                compare(
                    member.value, usual[member.key], at: path.isEmpty ? member.key : "\(path).\(member.key)",
                    into: &lines)
            }
            return
        }
        let text = text(asked)
        if text != usual.map(Self.text) { lines.append("request: \(path) = \(text)") }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let number): number
        case .string(let text): "\"\(text)\""
        case .array(let elements): "[\(elements.map(text).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.map { "\($0.key): \(text($0.value))" }.joined(separator: ", "))}"
        }
    }
}
