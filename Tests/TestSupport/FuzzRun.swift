import Foundation
import Glibc

/// Gives damaged texts to a parser for a while, and sees that it neither crashes nor takes long nor grows.
///
/// Short and from a fixed seed in the suite; longer with MOTIONSTACK_FUZZ_SECONDS, MOTIONSTACK_FUZZ_SEED, and of one parser
/// alone with MOTIONSTACK_FUZZ_PARSER. With MOTIONSTACK_FUZZ_FOLDER each text is written there (NAME.input) before it is
/// parsed, so that it is there when the process is not any more.
public struct FuzzRun: Sendable {
    public var texts = 0
    public var accepted = 0
    public var seconds = 0.0
    /// Processor time of the slowest text.
    public var slowest = 0.0
    public var slowestText: [UInt8] = []
    /// VmHWM of the process at the end, which other tests share.
    public var peakBytes: Int64 = 0

    private static let environment = ProcessInfo.processInfo.environment

    /// Whether this process is there for one parser alone.
    public static var isAlone: Bool { environment["MOTIONSTACK_FUZZ_PARSER"] != nil }

    public static func isWanted(_ name: String) -> Bool {
        environment["MOTIONSTACK_FUZZ_PARSER"].map { $0 == name } ?? true
    }

    /// In the suite all parsers together stay under 15 s.
    public static var seconds: Double { environment["MOTIONSTACK_FUZZ_SECONDS"].flatMap { Double($0) } ?? 0.65 }

    /// `parse` says whether it could make something of the text.
    public static func run(
        _ name: String, seeds: [[UInt8]], tokens: [String] = [], parse: ([UInt8]) -> Bool
    ) throws -> FuzzRun {
        let seed = environment["MOTIONSTACK_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
        var mutation = Mutation(seeds: seeds, tokens: tokens, random: SeededRandom(seed: seed))
        let keeper = try environment["MOTIONSTACK_FUZZ_FOLDER"].map { try InputKeeper("\($0)/\(name).input") }
        let watch = isAlone ? Watch(name) : nil
        defer { watch?.end() }
        var run = FuzzRun()
        let start = clock(CLOCK_MONOTONIC)
        while clock(CLOCK_MONOTONIC) - start < Self.seconds {
            let text = mutation.next()
            keeper?.keep(text)
            watch?.begin()
            let before = clock(CLOCK_THREAD_CPUTIME_ID)
            let isAccepted = parse(text)
            let taken = clock(CLOCK_THREAD_CPUTIME_ID) - before
            run.texts += 1
            if isAccepted {
                run.accepted += 1
                mutation.keep(text)
            }
            if taken > run.slowest { (run.slowest, run.slowestText) = (taken, text) }
        }
        run.seconds = clock(CLOCK_MONOTONIC) - start
        run.peakBytes = peak()
        if run.slowest > 1, let folder = environment["MOTIONSTACK_FUZZ_FOLDER"] {
            try Data(run.slowestText).write(to: URL(fileURLWithPath: "\(folder)/\(name).slow"))
        }
        print(
            "fuzz \(name.padding(toLength: 20, withPad: " ", startingAt: 0))",
            String(
                format: "%7.1f s  %9d texts  %8d read  slowest %.4f s (%d bytes)  peak %d MB", run.seconds, run.texts,
                run.accepted, run.slowest, run.slowestText.count, run.peakBytes / 1_000_000))
        return run
    }

    private static func clock(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func peak() -> Int64 {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = Int64(line.filter(\.isNumber))
        else { return 0 }
        return kilobytes * 1024
    }

    /// A file that holds the last text even when the process dies: a page that is shared with it.
    private final class InputKeeper {
        private let descriptor: Int32
        private let bytes: UnsafeMutableRawPointer
        private static let size = Mutation.longest + 16

        init(_ path: String) throws {
            descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0,
                let bytes = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), bytes != MAP_FAILED
            else { throw TestSupportError("\(path): errno \(errno)") }
            self.bytes = bytes
        }

        /// A length of 16 digits, then the text.
        func keep(_ text: [UInt8]) {
            let digits = String(text.count)
            let head = Array((String(repeating: "0", count: 16 - digits.utf8.count) + digits).utf8)
            head.withUnsafeBytes { bytes.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(bytes), byteCount: 16) }
            text.withUnsafeBytes { raw in
                if let base = raw.baseAddress { (bytes + 16).copyMemory(from: base, byteCount: raw.count) }
            }
        }

        deinit {
            munmap(bytes, Self.size)
            close(descriptor)
        }
    }

    /// Ends the process where one text takes a minute: what hangs must not be waited for.
    private final class Watch: @unchecked Sendable {
        private let guardian = NSLock()
        private var since = FuzzRun.clock(CLOCK_MONOTONIC)
        private var isOver = false

        init(_ name: String) {
            let thread = Thread {
                while !self.isDone {
                    usleep(500_000)
                    guard self.age > 60 else { continue }
                    FileHandle.standardError.write(Data("fuzz \(name): one text takes a minute\n".utf8))
                    abort()
                }
            }
            thread.start()
        }

        private var isDone: Bool { guardian.withLock { isOver } }
        private var age: Double { guardian.withLock { FuzzRun.clock(CLOCK_MONOTONIC) - since } }
        func begin() { guardian.withLock { since = FuzzRun.clock(CLOCK_MONOTONIC) } }
        func end() { guardian.withLock { isOver = true } }
    }
}
