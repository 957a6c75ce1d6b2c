struct Failure: Error {
    let message: String
    let code: Int32
}

/// What is to be run, and how often.
struct PairedRuns {
    private var programs: [String] = []
    private var name = ""
    private var folder = ""
    private var pairs = 31
    private var mostTime = Double.infinity
    private var mostPeak = Double.infinity
    private var mayDiffer = false
    private var firstWords: [String] = []
    private var timedWords: [String] = []
    /// What the first program does not know, and does by itself.
    private var secondWords: [String] = []
    private var words: [String] = []

    init(_ arguments: ArraySlice<String>) throws(Failure) {
        var rest = arguments
        while let word = rest.popFirst() {
            switch word {
            case "--name": name = try Self.value(of: word, &rest)
            case "--folder": folder = try Self.value(of: word, &rest)
            case "--pairs": pairs = Int(try Self.number(of: word, &rest))
            case "--most-time": mostTime = try Self.number(of: word, &rest)
            case "--most-peak": mostPeak = try Self.number(of: word, &rest)
            case "--new-bits": mayDiffer = true
            case "--first": firstWords.append(try Self.value(of: word, &rest))
            case "--timed": timedWords.append(try Self.value(of: word, &rest))
            case "--second": secondWords.append(try Self.value(of: word, &rest))
            case "--":
                words = Array(rest)
                rest = []
            default: programs.append(word)
            }
        }
        guard programs.count == 2, !folder.isEmpty, !words.isEmpty, pairs > 0 else {
            throw Failure(message: "BEFORE AFTER --folder DIR -- WORDS are needed, and a pair at least", code: 64)
        }
    }

    private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(Failure) -> String {
        guard let value = rest.popFirst() else { throw Failure(message: "\(option) needs a value", code: 64) }
        return value
    }

    private static func number(of option: String, _ rest: inout ArraySlice<String>) throws(Failure) -> Double {
        guard let number = Double(try value(of: option, &rest)), number > 0 else {
            throw Failure(message: "\(option) needs a number over 0", code: 64)
        }
        return number
    }

    private var sides: [String] { [folder + "/before", folder + "/after"] }

    private func run(_ side: Int, _ more: [String]) throws(Failure) -> ChildRun {
        emptyFolder(sides[side])
        let run = ChildRun(programs[side], words + (side == 1 ? secondWords : []) + more + ["-o", sides[side] + "/stack.fits"])
        guard run.status == 0 else {
            throw Failure(message: "\(name): \(programs[side]) ended with \(run.status)", code: 70)
        }
        return run
    }

    /// Runs all, prints the row; false where a bound is broken.
    func measured() throws(Failure) -> Bool {
        for side in 0...1 { _ = try run(side, firstWords) }
        var differing = Set(differences(sides[0], sides[1]))
        var seconds: [[Double]] = [[], []]
        var peaks: [[Double]] = [[], []]
        for _ in 0..<pairs {
            for side in 0...1 {
                let one = try run(side, timedWords)
                seconds[side].append(one.processorSeconds)
                peaks[side].append(one.peakBytes)
            }
        }
        differing.formUnion(differences(sides[0], sides[1]))

        let ratios = zip(seconds[0], seconds[1]).map { $1 / $0 }
        let bound = upperBoundOfMedian(ratios)
        let peak = median(peaks[1]) / median(peaks[0])
        var broken: [String] = []
        if bound > mostTime { broken.append("time") }
        if peak > mostPeak { broken.append("peak") }
        if !differing.isEmpty, !mayDiffer { broken.append("bits") }
        let columns = [
            name, fixed(median(seconds[0]), 3), fixed(median(seconds[1]), 3), fixed(median(ratios), 3),
            fixed(bound, 3) + (pairs < leastForBound ? " (largest)" : ""), fixed(median(peaks[0]) / 1e6, 1),
            fixed(median(peaks[1]) / 1e6, 1), fixed(peak, 3),
            differing.isEmpty ? "same" : "differ: " + differing.sorted().joined(separator: ", "),
            broken.isEmpty ? "ok" : "BEYOND: " + broken.joined(separator: ", "),
        ]
        print("| " + columns.joined(separator: " | ") + " |")
        return broken.isEmpty
    }
}
