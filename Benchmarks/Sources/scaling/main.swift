import Glibc

// Speed-up of the integration from 1 to 2 threads (or as many as --threads says) beside that of a loop that never leaves the registers, in turn
// and in the same run: what the machine itself gives. Seconds are those that motion-stack reports for the integration.
//
//   swift run -c release --package-path Benchmarks scaling MOTION-STACK [--threads N] [--rounds N] [options] FRAME...

var words = Array(CommandLine.arguments.dropFirst())
func taken(_ name: String, _ standard: Int, from words: inout [String]) -> Int {
    guard let at = words.firstIndex(of: name), at + 1 < words.count, let value = Int(words[at + 1]) else {
        return standard
    }
    words.removeSubrange(at...at + 1)
    return value
}
let threads = max(2, taken("--threads", 2, from: &words))
let rounds = max(1, taken("--rounds", 7, from: &words))
guard words.count > 1 else {
    print("usage: scaling MOTION-STACK [--threads N] [--rounds N] [options] FRAME...")
    exit(64)
}

func wallSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Dependent multiplications and additions, in registers alone.
@inline(never)
func spin(_ count: Int) -> UInt64 {
    var a: UInt64 = 1
    var b: UInt64 = 2
    var c: UInt64 = 3
    var d: UInt64 = 4
    for _ in 0..<count {
        a = a &* 6_364_136_223_846_793_005 &+ 1
        b = b &* 6_364_136_223_846_793_005 &+ 3
        c = c &* 6_364_136_223_846_793_005 &+ 5
        d = d &* 6_364_136_223_846_793_005 &+ 7
    }
    return a ^ b ^ c ^ d
}

let spins = 100_000_000

/// Seconds of `spins` turns, divided among so many threads.
func registerSeconds(_ count: Int) -> Double {
    let start = wallSeconds()
    var running: [pthread_t] = []
    for _ in 0..<count {
        let share = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        share.initialize(to: spins / count)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let share = argument?.assumingMemoryBound(to: Int.self) else { return nil }
                if spin(share.pointee) == 0 { print("zero") }
                share.deallocate()
                return nil
            }, share)
        if status == 0 { running.append(thread) }
    }
    for thread in running { pthread_join(thread, nil) }
    return wallSeconds() - start
}

/// What motion-stack says that its integration took.
func integrationSeconds(_ count: Int, _ words: [String]) -> Double {
    let path = "/tmp/scaling-\(getpid()).fits"
    let quoted = (words + ["--threads", "\(count)", "--json", "-q", "--progress", "none", "-o", path])
        .map { "'" + $0 + "'" }.joined(separator: " ")
    guard let pipe = popen(quoted + " 2>/dev/null", "r") else { return .nan }
    var text: [CChar] = []
    var buffer = [CChar](repeating: 0, count: 65536)
    while true {
        let got = fread(&buffer, 1, buffer.count, pipe)
        if got == 0 { break }
        text += buffer[..<got]
    }
    pclose(pipe)
    unlink(path)
    let json = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let key = "\"integrate_s\""
    for line in json.split(whereSeparator: { $0 == "," || $0 == "{" || $0 == "}" || $0 == "\n" })
    where line.contains(key) {
        if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return Double(value) ?? .nan
        }
    }
    return .nan
}

func text(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    let thousandths = Int((value * 1000).rounded())
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
}

func median(_ values: [Double]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}

var ratios: [Double] = []
var own: [Double] = []
var registers: [Double] = []
_ = integrationSeconds(threads, words)
for round in 1...rounds {
    let (one, many) = (integrationSeconds(1, words), integrationSeconds(threads, words))
    let (oneLoop, manyLoops) = (registerSeconds(1), registerSeconds(threads))
    own.append(one / many)
    registers.append(oneLoop / manyLoops)
    ratios.append(one / many / (oneLoop / manyLoops))
    print(
        "round \(round): integration \(text(one)) s -> \(text(many)) s, registers \(text(oneLoop)) s -> \(text(manyLoops)) s, ratio \(text(one / many / (oneLoop / manyLoops)))"
    )
}
print(
    "1 -> \(threads) threads, medians: integration \(text(median(own))) x, register-only loop \(text(median(registers))) x, ratio \(text(median(ratios)))"
)
