import Glibc

// Two versions of motion-stack on the same command line, in turn, so that what else the machine does falls on both:
//
//     paired-runs BEFORE AFTER --name TEXT --folder DIR [--pairs N] [--most-time X] [--most-peak X] [--new-bits]
//                 [--first WORD]... [--timed WORD]... -- WORDS OF THE COMMAND LINE...
//
// Each run writes into DIR/before or DIR/after (`-o` is added). Time is user + system of the whole process, without what it
// waited for. The first pair is not timed and has the words of --first; its products are compared, and those of the last
// pair, which like all timed ones has the words of --timed. Prints a row of a table:
// name, seconds before and after, median of the pairs' ratios, its upper 95 % bound, MB of peak before and after, ratio, bits.
// Exit code 1 when a bound is broken, or the products differ and --new-bits does not say that they may.

do throws(Failure) {
    exit(try PairedRuns(CommandLine.arguments.dropFirst()).measured() ? 0 : 1)
} catch {
    print("paired-runs: \(error.message)")
    exit(error.code)
}
