import Foundation
import Sky

// How long it takes to know where an object is: a night from elements, and a name in a catalogue of 1.4 million lines.
// One thread. Wall time, with the processor time beside it: on a busy machine the second tells more.
//
//     swift run -c release --package-path Benchmarks ephemeris-benchmarks [FOLDER]
//
// FOLDER takes 290 MB for a while (the system's temporary one).

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func measured<Value>(_ body: () throws -> Value) rethrows -> (value: Value, wall: Double, processor: Double) {
    let wall = seconds(CLOCK_MONOTONIC)
    let processor = seconds(CLOCK_PROCESS_CPUTIME_ID)
    let value = try body()
    return (value, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - processor)
}

func tell(_ what: String, _ wall: Double, _ processor: Double, bound: Double? = nil) {
    let share = bound.map { String(format: "   bound %g s: %.2f of it", $0, wall / $0) } ?? ""
    print(
        what.padding(toLength: 58, withPad: " ", startingAt: 0)
            + String(format: "%10.5f s wall %10.5f s processor", wall, processor) + share)
}

func peakMegabytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) / 1000
}

let folder = (CommandLine.arguments.dropFirst().first ?? NSTemporaryDirectory()) + "/motion-stack-\(getpid())"
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }
let plain = folder + "/MPCORB.DAT"
_ = try measured { try Catalogue.write(to: plain) }
let size = (try FileManager.default.attributesOfItem(atPath: plain)[.size] as? Int) ?? 0
print("MPCORB.DAT of \(Catalogue.lines) made-up lines, \(size / 1_000_000) MB")

func search(_ path: String, find: Double?, index: Double?) throws {
    let made = try measured { try ElementFile(path).prepareIndex() }
    tell("  index made", made.wall, made.processor, bound: index)
    var worst = 0.0
    for (kind, name) in Catalogue.names {
        // Opened anew each time, as a command does.
        let found = measured { try? ElementFile(path).elements(of: name) }
        tell("  \(kind): \(name) -> \(found.value?.name ?? "none")", found.wall, found.processor, bound: find)
        worst = max(worst, found.wall)
    }
    print("  slowest of them: \(String(format: "%.5f", worst)) s wall")
}

print("plain")
try search(plain, find: 0.3, index: 10)
print("peak so far \(peakMegabytes()) MB")
let eros = try ElementFile(plain).elements(of: "433")
let ceres = try ElementFile(plain).elements(of: "1")

print("gzip")
let gzip = Process()
gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
gzip.arguments = ["gzip", "-6", plain]
try gzip.run()
gzip.waitUntilExit()
try? FileManager.default.removeItem(atPath: plain + ".index")
try search(plain + ".gz", find: nil, index: nil)

print("a night of 8 hours from elements 200 days old, seen from G96")
let site = try Site(parsing: "G96")
let start = try Instant(iso: "2025-11-21T02:00:00")
for (name, elements) in [("1 Ceres", ceres), ("433 Eros", eros)] {
    for count in [20, 2000, 20_000] {
        let times = (0..<count).map { start.advanced(bySeconds: 28_800 * Double($0) / Double(count - 1)) }
        var least = (wall: Double.infinity, processor: Double.infinity)
        var first: (wall: Double, processor: Double)?
        for _ in 0..<7 {
            let run = try measured {
                let track = try OrbitTrack(elements: elements, site: site, span: times[0]...times[count - 1])
                var sum = 0.0
                // What a run asks of a track: each frame's place, and its rate for the trail.
                for time in times {
                    sum += try track.place(at: time).raDegrees
                    sum += try track.motion(at: time).rateArcsecPerMinute
                }
                return sum
            }
            first = first ?? (run.wall, run.processor)
            least = (min(least.wall, run.wall), min(least.processor, run.processor))
        }
        tell(
            "  \(name), \(count) frames: track, places and rates", least.wall, least.processor,
            bound: count == 2000 ? 0.1 : nil)
        if count == 20, let first { tell("     the first time (tables are unpacked)", first.wall, first.processor) }
    }
    // Frames of a month: more nodes than are made, so that each place is computed.
    let month = try measured {
        let track = try OrbitTrack(
            elements: elements, site: site, span: start...start.advanced(bySeconds: 30 * 86_400))
        for index in 0..<2000 { _ = try track.motion(at: start.advanced(bySeconds: Double(index) * 1296)) }
    }
    tell("  \(name), 2000 frames over 30 days: rates", month.wall, month.processor)
}
print("peak \(peakMegabytes()) MB")
