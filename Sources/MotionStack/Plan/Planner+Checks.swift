internal import Files
internal import FITS
internal import Sky

/// What is refused before work starts.
extension Planner {
    func checkOptions(_ paths: [String]) throws(MotionStackError) {
        guard !paths.isEmpty else { throw MotionStackError(.usage, "no input files") }
        try options.check()
    }

    func checkNotEmpty(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        guard selection.frames.isEmpty else { return }
        let missing = selection.leftOut.allSatisfy { $0.reason.kind == .missing }
        throw MotionStackError(
            missing ? .noInput : .badData, "no frame can be used: \(LeftOutSummary(selection.leftOut).text)")
    }

    func checkStrict(_ selection: FrameSelection) throws(MotionStackError) {
        guard options.input.strict, let first = selection.leftOut.min(by: { $0.givenIndex < $1.givenIndex }) else {
            return
        }
        let missing = selection.leftOut.contains { $0.reason.kind == .missing }
        let count = selection.leftOut.count
        let all = count > 1 ? " (\(count) of them: \(LeftOutSummary(selection.leftOut).text))" : ""
        throw MotionStackError(
            missing ? .noInput : .badData,
            "\(first.path): \(first.reason.detail); with --strict nothing is stacked when a frame must be left out\(all)"
        )
    }

    /// Of a further target: against the frames that it could have had.
    func checkShare(_ selection: FrameSelection, of all: FrameSelection) throws(MotionStackError) {
        let share = Double(selection.frames.count) / Double(max(1, all.frames.count)) * 100
        guard share < options.input.minimumUsedPercent else { return }
        throw MotionStackError(
            .badData,
            "only \(selection.frames.count) of \(all.frames.count) frames can be used, fewer than --min-used \(fixed(options.input.minimumUsedPercent, 0)) %: \(LeftOutSummary(selection.leftOut).text)"
        )
    }

    func checkShare(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        let judged = judgedCount(selection, given: given)
        let share = Double(selection.frames.count) / Double(max(1, judged)) * 100
        guard share < options.input.minimumUsedPercent else { return }
        throw MotionStackError(
            .badData,
            "only \(selection.frames.count) of \(judged) frames can be used, fewer than --min-used \(fixed(options.input.minimumUsedPercent, 0)) %: \(LeftOutSummary(selection.leftOut).text)"
        )
    }

    /// The frames that are held against --min-used: the same file given twice and our own products are no lost frames.
    func judgedCount(_ selection: FrameSelection, given: Int) -> Int {
        given - selection.leftOut.count { [.duplicate, .stack, .output].contains($0.reason.kind) }
    }

    func checkColourFilter(_ placement: Placement) throws(MotionStackError) {
        guard !options.input.ignoresColourFilter else { return }
        for placed in placement.frames {
            guard let pattern = placed.frame.cards["BAYERPAT"]?.shown,
                placed.map.blendsColours
            else { continue }
            throw MotionStackError(
                .badData,
                "\(placed.frame.path): has a colour filter (BAYERPAT \(pattern)); shifting blends its colours. Debayer the frames first, or --cfa ignore"
            )
        }
    }

    /// Warnings of the frames, each kind once: those that differ in figures alone are one kind, told by the first.
    static func frameWarnings(_ frames: [Frame]) -> [String] {
        struct Group {
            var path: String
            var warning: String
            var count = 1
            var isSame = true
        }
        var order: [String] = []
        var groups: [String: Group] = [:]
        for frame in frames {
            for warning in frame.warnings {
                let kind = String(warning.map { $0.isASCII && $0.isNumber ? "0" : $0 })
                    .split(separator: "0", omittingEmptySubsequences: true).joined(separator: "0")
                if var known = groups[kind] {
                    known.count += 1
                    known.isSame = known.isSame && known.warning == warning
                    groups[kind] = known
                } else {
                    order.append(kind)
                    groups[kind] = Group(path: frame.path, warning: warning)
                }
            }
        }
        return order.prefix(50).compactMap { groups[$0] }.map { group in
            guard group.count > 1 else { return "\(group.path): \(group.warning)" }
            let likewise = group.isSame ? "" : ", likewise"
            return "\(group.path) and \(group.count - 1) more\(likewise): \(group.warning)"
        }
    }
}
