internal import Files
internal import Glibc

/// Where the limit of a run comes from, and what the process takes now.
struct MemoryLimit {
    var limit: ByteCount
    var reason: String

    static let asAsked = "as asked"

    /// The limit of a run.
    static func choose(_ resources: StackRequest.Resources) -> MemoryLimit {
        choose(resources.memoryLimit, reason: resources.memoryLimitOrigin ?? asAsked)
    }

    /// What to say of a limit that cannot be kept by the machine; nil where it can.
    var warning: String? {
        guard let memory = ProcessMemory.machine, limit > memory else { return nil }
        return
            "the memory limit of \(limit) (\(reason)) is more than the \(memory) that this machine has: it swaps, or ends the run, before that is reached"
    }

    /// The limit asked for, held against the container's; the default where none was asked for.
    static func choose(_ asked: ByteCount?, reason: String = asAsked) -> MemoryLimit {
        let container = ControlGroup.memoryLimit()
        if let asked {
            if let container, container.limit < asked {
                return MemoryLimit(
                    limit: container.limit,
                    reason: "the container's limit (\(container.path)), below \(asked) of \(reason)")
            }
            return MemoryLimit(limit: asked, reason: reason)
        }
        var best = MemoryLimit(limit: IntegrationSettings.defaultMemoryLimit, reason: "the default")
        if let container {
            let share = ByteCount(container.limit.bytes / 4 * 3)
            if share < best.limit {
                best = MemoryLimit(limit: share, reason: "75 % of the container's limit (\(container.path))")
            }
        }
        if let available = ProcessMemory.field("MemAvailable:", of: "/proc/meminfo") {
            let share = ByteCount(available / 2)
            if share < best.limit { best = MemoryLimit(limit: share, reason: "half of the memory that is available") }
        }
        return best
    }
}

/// What the kernel says of memory.
package enum ProcessMemory {
    /// VmRSS, bytes.
    package static var resident: ByteCount { ByteCount(field("VmRSS:", of: "/proc/self/status") ?? 0) }
    /// What is resident beyond so much.
    static func resident(above excluded: ByteCount) -> ByteCount { ByteCount(max(0, resident.bytes - excluded.bytes)) }
    /// VmHWM: the most that was ever resident, bytes.
    static var peak: ByteCount { ByteCount(field("VmHWM:", of: "/proc/self/status") ?? 0) }

    /// Gives pages of freed memory back to the system.
    static func giveBack() {
        // malloc.h is in no module of the system: the function is looked up by name.
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    /// What the machine has, as far as the kernel lets programs have it.
    static var machine: ByteCount? { field("MemTotal:", of: "/proc/meminfo").map { ByteCount($0) } }

    /// A field given in kB, bytes.
    static func field(_ name: String, of path: String) -> Int64? {
        guard let text = TextFile.ofKernel(path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count >= 2, let value = Int64(words[1]) { return value * 1024 }
        }
        return nil
    }
}

/// The memory limit that a container imposes: the smallest of memory.max and memory.high (v2) or memory.limit_in_bytes (v1) from the process's group upwards.
enum ControlGroup {
    static func memoryLimit(
        read: (String) -> String? = { TextFile.ofKernel($0) }
    ) -> (limit: ByteCount, path: String)? {
        guard let groups = read("/proc/self/cgroup") else { return nil }
        var best: (limit: ByteCount, path: String)?
        func look(_ path: String) {
            guard let text = read(path)?.split(separator: "\n").first, let value = Int64(text), value > 0,
                value < 1 << 60
            else { return }
            if let known = best, known.limit.bytes <= value { return }
            best = (ByteCount(value), path)
        }
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let unified = fields[0] == "0" && fields[1].isEmpty
            guard unified || fields[1].split(separator: ",").contains("memory") else { continue }
            let names = unified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"]
            let roots = unified ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] : ["/sys/fs/cgroup/memory"]
            var group = String(fields[2])
            while true {
                let tail = group == "/" ? "" : group
                for root in roots { for name in names { look("\(root)\(tail)/\(name)") } }
                guard let slash = group.lastIndex(of: "/"), group != "/" else { break }
                group = slash == group.startIndex ? "/" : String(group[..<slash])
            }
        }
        return best
    }
}
