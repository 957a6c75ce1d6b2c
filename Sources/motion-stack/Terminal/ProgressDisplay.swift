internal import Glibc
internal import MotionStack
internal import Synchronization

/// How progress is shown.
enum ProgressStyle: String, CaseIterable {
    /// A bar on a terminal, else lines.
    case auto
    case bar
    case lines
    case none
}

/// Shows on stderr what a run tells: its narration, and how far it is.
final class ProgressDisplay: Sendable {
    private let style: ProgressStyle
    private let loudest: IntegrationProgress.Level
    private let isColored: Bool
    private struct State {
        var bar: String?
        var stage: IntegrationProgress.Stage = .survey
        var stageStart = 0.0
        var lastTenth = 0
        var lastDrawn = -1.0
    }
    private let state = Mutex(State())

    /// - Parameters:
    ///   - isQuiet: warnings only, no progress.
    ///   - isVerbose: details too.
    init(style: ProgressStyle, isQuiet: Bool, isVerbose: Bool, allowsColor: Bool) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        self.style =
            isQuiet ? .none : style != .auto ? style : isTerminal && !isDumb ? .bar : .lines
        loudest = isQuiet ? .warning : isVerbose ? .detail : .normal
        isColored = allowsColor && isTerminal && !isDumb && getenv("NO_COLOR") == nil
    }

    /// Takes what a run tells. Called serially.
    func show(_ progress: IntegrationProgress) {
        if let message = progress.message {
            guard progress.level <= loudest else { return }
            say(progress.level == .warning ? warning(message) : TerminalText.escaped(message))
            return
        }
        switch style {
        case .bar: drawBar(progress)
        case .lines: tellTenths(progress)
        case .auto, .none: break
        }
    }

    /// A line of the narration at the normal level.
    func narrate(_ text: String) {
        if loudest >= .normal { say(TerminalText.escaped(text)) }
    }

    func warn(_ text: String) { say(warning(text)) }

    /// Takes the bar away.
    func finish() {
        state.withLock { state in
            if state.bar != nil { StandardStream.writeError("\r\u{1B}[K") }
            state.bar = nil
        }
    }

    private func warning(_ text: String) -> String {
        let words = TerminalText.escaped(text)
        return isColored ? "\u{1B}[33mwarning:\u{1B}[0m \(words)" : "warning: \(words)"
    }

    private func say(_ line: String) {
        state.withLock { state in
            if let bar = state.bar {
                StandardStream.writeError("\r\u{1B}[K\(line)\n\(bar)")
            } else {
                StandardStream.writeError(line + "\n")
            }
        }
    }

    private func drawBar(_ progress: IntegrationProgress) {
        state.withLock { state in
            enter(progress, &state)
            let isEnd = progress.completed >= progress.total
            guard isEnd || progress.elapsedSeconds - state.lastDrawn >= 0.1 else { return }
            state.lastDrawn = progress.elapsedSeconds
            let cells = 24
            let full = Int((progress.fraction * Double(cells)).rounded(.down))
            let bar = String(repeating: "#", count: full) + String(repeating: "-", count: max(0, cells - full))
            let text = "[\(bar)] \(description(progress, state))"
            let line = "\r\u{1B}[K" + String(text.prefix(Self.columns - 1))
            state.bar = line
            StandardStream.writeError(line)
        }
    }

    private func tellTenths(_ progress: IntegrationProgress) {
        let line: String? = state.withLock { state in
            enter(progress, &state)
            // Headers and samples of a few hundred frames take no time worth a line.
            guard progress.stage == .integration || progress.elapsedSeconds > 2 else { return nil }
            let tenth = Int(progress.fraction * 10)
            guard tenth > state.lastTenth else { return nil }
            state.lastTenth = tenth
            return description(progress, state)
        }
        if let line { say(line) }
    }

    private func enter(_ progress: IntegrationProgress, _ state: inout State) {
        guard progress.stage != state.stage else { return }
        state.stage = progress.stage
        state.stageStart = progress.elapsedSeconds
        state.lastTenth = 0
    }

    private func description(_ progress: IntegrationProgress, _ state: State) -> String {
        let memory = "memory \(progress.residentBytes) of \(progress.limit)"
        let percent = "\(Int(progress.fraction * 100)) %"
        switch progress.stage {
        case .survey: return "reading headers: \(progress.completed) of \(progress.total) frames, \(memory)"
        case .mapping:
            return "turning frames onto the output: \(progress.completed) of \(progress.total), \(memory)"
        case .statistics: return "measuring levels: \(progress.completed) of \(progress.total) frames, \(memory)"
        case .finished: return "finished, \(memory)"
        case .integration:
            let spent = progress.elapsedSeconds - state.stageStart
            var text = "\(percent), \(progress.frames) frames"
            if progress.stripsPlanned > 0 { text += ", strip \(progress.strips) of \(progress.stripsPlanned)" }
            text += ", \(memory)"
            if progress.fraction > 0.02, progress.fraction < 1 {
                text += ", \(Self.clock(spent * (1 - progress.fraction) / progress.fraction)) left"
            }
            return text
        }
    }

    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 359_999))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return whole >= 3600
            ? "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))" : "\(whole / 60):\(two(whole % 60))"
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }
}
