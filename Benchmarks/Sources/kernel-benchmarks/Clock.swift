import Glibc

/// Seconds of processor time of this thread: what other programs take does not count.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The least time of one call of `body`, of at least `rounds` timings and a quarter of a second.
///
/// Reading the clock takes as long as a short kernel, and it may stand still for a moment: as many calls are timed together
/// as take 100 microseconds.
func leastSeconds(rounds: Int = 15, _ body: () -> Void) -> Double {
    func seconds(of calls: Int) -> Double {
        let start = threadSeconds()
        for _ in 0..<calls { body() }
        return threadSeconds() - start
    }
    var calls = 1
    while calls < 1 << 20, seconds(of: calls) < 1e-4 { calls *= 2 }
    var least = Double.infinity
    var total = 0.0
    var round = 0
    while round < rounds || total < 0.25 {
        let seconds = seconds(of: calls)
        if seconds > 0 { least = min(least, seconds) }
        total += seconds
        round += 1
        if total > 3 { break }
    }
    return least / Double(calls)
}

/// A number in so many places, without Foundation.
func text(_ value: Double, _ decimals: Int, width: Int = 8) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.isFinite else { return padded("-", width) }
    let scaled = Int((value * scale).rounded())
    var digits = String(abs(scaled))
    while digits.count <= decimals { digits = "0" + digits }
    if decimals > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals)) }
    if scaled < 0 { digits = "-" + digits }
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
}

func padded(_ name: String, _ width: Int) -> String {
    name + String(repeating: " ", count: max(0, width - name.count))
}
