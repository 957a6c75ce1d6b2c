internal import ArgumentParser
internal import MotionStack
internal import StackReport

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what stack would do: frames, memory, passes, bytes, output. Writes nothing.")

    @OptionGroup var arguments: IntegrationArguments

    func run() throws {
        let display = arguments.report.display
        let json = arguments.report.json
        try Outcome.reporting(command: "plan", json: json) { () throws(MotionStackError) in
            let job = try arguments.job(display: display)
            let run = Integration(
                options: job.options, cancellation: Interruption.cancellation, progress: { display.show($0) })
            let plan: (report: IntegrationReport, refusal: MotionStackError?)
            do throws(MotionStackError) {
                plan = try run.plan(job.paths)
                display.finish()
            } catch {
                display.finish()
                throw error
            }
            if json {
                Outcome.printJSON {
                    $0.write(
                        RunRecord(
                            command: "plan", report: plan.report, error: plan.refusal,
                            totalSeconds: Outcome.secondsSinceStart))
                }
            } else {
                PlanText.write(plan.report) { StandardStream.writeOutput(TerminalText.escaped($0) + "\n") }
            }
            if let refusal = plan.refusal { throw refusal }
        }
    }
}
