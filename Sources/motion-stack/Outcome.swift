internal import ArgumentParser
internal import Glibc
internal import MotionStack
internal import StackReport

/// How a command ends: its message, its JSON, its exit code.
enum Outcome {
    nonisolated(unsafe) private static var start = timespec()
    /// Whether stdout has its JSON value already.
    nonisolated(unsafe) private static var hasPrintedJSON = false

    static func begin() { clock_gettime(CLOCK_MONOTONIC, &start) }

    static var secondsSinceStart: Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec - start.tv_sec) + Double(now.tv_nsec - start.tv_nsec) * 1e-9
    }

    static func printJSON(_ body: (JSONWriter) -> Void) {
        body(JSONWriter { StandardStream.writeOutput($0) })
        hasPrintedJSON = true
    }

    /// Runs a command's body; what it throws is told, as JSON too where that was asked for, and becomes the exit code.
    static func reporting(command: String, json: Bool, _ body: () throws(MotionStackError) -> Void) throws {
        do throws(MotionStackError) {
            try body()
        } catch {
            tell(error)
            if json, !hasPrintedJSON { printJSON { $0.write(error, command: command) } }
            throw ExitCode(error.code == .interrupted ? Interruption.exitCode ?? 130 : error.exitCode)
        }
        if StandardStream.outputFailed {
            tell(MotionStackError(.io, "cannot write to standard output"))
            throw ExitCode(74)
        }
    }

    static func tell(_ error: MotionStackError) {
        StandardStream.writeError("motion-stack: \(TerminalText.escaped(error.message))\n")
    }
}
