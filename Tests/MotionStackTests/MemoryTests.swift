import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// The ledger: what the plan says it takes, and that it refuses in time.
struct MemoryTests {
    private func job(
        frames: Int, width: Int, height: Int, bytes: Int, shifts: Bool, streams: Bool = false, chunk: Int = 10,
        threads: Int = 2, bands: Bool = true
    ) -> StripSchedule.Job {
        StripSchedule.Job(
            slots: [
                .init(
                    bytesPerPixel: bytes, extraRow: shifts ? 1 : 0, extraColumn: shifts ? 1 : 0, frameWidth: width,
                    frameHeight: height): frames
            ],
            targets: [.init(frames: frames, bytesPerPixel: 8, methods: [.average], followsMesh: false)],
            width: width, height: height, streams: streams, chunkSize: chunk, threads: threads, bands: bands,
            bytesPerFrame: 1500)
    }

    @Test func smallestLimitOfAThousandLargeFrames() {
        // 64 MB for 1000 frames of 4096 x 4096, of which the process itself takes up to 28.
        for bytes in [1, 2, 4, 8] {
            for shifts in [false, true] {
                for streams in [false, true] {
                    let schedule = StripSchedule(
                        job: job(
                            frames: 1000, width: 4096, height: 4096, bytes: bytes, shifts: shifts, streams: streams))
                    #expect(schedule.total(schedule.smallest) <= 36_000_000, "\(bytes) bytes, shifts \(shifts)")
                }
            }
        }
    }

    @Test func anyBudgetIsKept() {
        var refused = 0
        for frames in [1, 3, 50, 400, 2000, 10_000] {
            for (width, height) in [(64, 64), (2048, 2048), (9576, 6388), (100_000, 40)] {
                for bytes in [1, 2, 4, 8] {
                    for (streams, bands) in [(false, true), (true, true), (false, false), (true, false)] {
                        let schedule = StripSchedule(
                            job: job(
                                frames: frames, width: width, height: height, bytes: bytes, shifts: true,
                                streams: streams, chunk: 60,
                                threads: 8, bands: bands))
                        for budget in [1_000_000, 10_000_000, 44_000_000, 230_000_000, 1_900_000_000] {
                            guard let chosen = schedule.choose(budget: budget) else {
                                refused += 1
                                #expect(schedule.total(schedule.smallest) > budget)
                                continue
                            }
                            #expect(schedule.total(chosen.choice) <= budget)
                            #expect(chosen.choice.rows >= 1 && chosen.choice.chunk >= 1 && chosen.choice.threads >= 1)
                            #expect(chosen.choice.columns >= 1 && chosen.choice.block >= 16)
                            #expect(
                                (chosen.choice == schedule.ideal) == chosen.adaptations.isEmpty
                                    || chosen.choice.block != schedule.ideal.block
                                    || chosen.choice.bands != schedule.ideal.bands)
                        }
                    }
                }
            }
        }
        #expect(refused > 0)
    }

    @Test func aSmallerChunkIsTold() {
        let schedule = StripSchedule(job: job(frames: 60, width: 512, height: 512, bytes: 2, shifts: true, chunk: 10))
        let chosen = schedule.choose(budget: schedule.total(schedule.smallest))
        #expect(chosen?.adaptations.contains { $0.hasPrefix("chunk size reduced from 10 to ") } == true)
    }

    @Test func tooLittleNamesWhatWorks() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 5).write(to: folder.path)
        #expect {
            try Sequences.stack(truth.paths, Sequences.options(truth) { $0.resources.memoryLimit = .megabytes(0.01) })
        } throws: { error in
            guard let error = error as? MotionStackError, error.code == .doesNotFit, let smallest = error.smallestLimit
            else { return false }
            return error.message.contains(smallest.exactText) && ByteCount(parsing: smallest.exactText) == smallest
        }
    }

    @Test func limitsAsText() {
        for (text, bytes) in [
            ("2", 2_000_000_000), ("0.5", 500_000_000), ("64MB", 64_000_000), ("64 MiB", 67_108_864),
            ("1GiB", 1_073_741_824),
            ("812B", 812), ("1.5gb", 1_500_000_000), ("3KB", 3000),
        ] { #expect(ByteCount(parsing: text)?.bytes == Int64(bytes), "\(text)") }
        for text in ["", "x", "-1", "0", "1 XB", "1e400", "nan", "MB"] {
            #expect(ByteCount(parsing: text) == nil, "\(text)")
        }
    }

    @Test func limitsOfContainers() {
        let v2: [String: String] = [
            "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n",
            "/sys/fs/cgroup/a/memory.max": "800000000\n",
            "/sys/fs/cgroup/a/b/memory.high": "900000000\n",
        ]
        #expect(ControlGroup.memoryLimit { v2[$0] }?.limit == ByteCount(800_000_000))
        let v1: [String: String] = [
            "/proc/self/cgroup": "3:cpu:/x\n5:memory:/d/e\n",
            "/sys/fs/cgroup/memory/d/e/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "500000000\n",
        ]
        #expect(ControlGroup.memoryLimit { v1[$0] }?.limit == ByteCount(500_000_000))
        #expect(ControlGroup.memoryLimit { _ in nil } == nil)
    }
}
