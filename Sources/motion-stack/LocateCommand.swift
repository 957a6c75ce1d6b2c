internal import ArgumentParser
internal import MotionStack
internal import StackReport

struct LocateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "locate",
        abstract: "Where a pixel of a stack lies in every frame that went in.",
        discussion: """
            motion-stack locate stack.fits 512 300.5

            Pixels count from 1, as in DS9. The stack alone is read, and the frames need not be there. Each frame's place on \
            the sky is by its own plate solution: in a moving stack it follows the object.
            """)

    @Argument(help: ArgumentHelp("A product of this program.", valueName: "stack"), completion: .file())
    var stack: String

    @Argument(help: ArgumentHelp("Column of the pixel, from 1; fractions are allowed.", valueName: "x"))
    var x: String

    @Argument(help: ArgumentHelp("Row of the pixel.", valueName: "y"))
    var y: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try pixel
    }

    private var pixel: FITSPixel {
        get throws { FITSPixel(x: try Word.number(x), y: try Word.number(y)) }
    }

    func run() throws {
        let pixel = try pixel
        try Outcome.reporting(command: "locate", json: json) { () throws(MotionStackError) in
            let locator = try StackLocator(stack)
            let place = try locator.place(of: pixel)
            var failure: MotionStackError?
            func frames(_ body: (StackLocator.FramePlace) -> Void) {
                do throws(MotionStackError) { try locator.eachFrame(at: pixel, body) } catch { failure = error }
            }
            if json {
                Outcome.printJSON { $0.write(place, path: stack, frames: frames) }
            } else {
                StandardStream.writeOutput(LocationText.heading + "\n")
                StandardStream.writeOutput(TerminalText.escaped(LocationText.line(place, path: stack)) + "\n")
                frames { StandardStream.writeOutput(TerminalText.escaped(LocationText.line($0)) + "\n") }
            }
            if let failure { throw failure }
        }
    }
}
