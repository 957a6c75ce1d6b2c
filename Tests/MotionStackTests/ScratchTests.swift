import Files
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

struct ScratchTests {
    /// Two threads that asked at once used to get a file each, and what one wrote was lost.
    @Test func threadsThatAskAtOnceGetOneFile() async throws {
        let folder = try TestFolder()
        for _ in 0..<50 {
            let scratch = Scratch(folder: folder.path, files: LocalFiles())
            let descriptors = await withTaskGroup(of: Int32.self) { group in
                for _ in 0..<8 { group.addTask { (try? scratch.descriptor()) ?? -1 } }
                var found: Set<Int32> = []
                for await descriptor in group { found.insert(descriptor) }
                return found
            }
            #expect(descriptors.count == 1 && !descriptors.contains(-1))
        }
    }

    /// The kernel's list of mounts has blanks of a path as \040.
    @Test func foldersInMemoryWithBlanks() throws {
        let folder = try TestFolder()
        let place = folder.file("a b\\c")
        let script = "mkdir -p \"$1\" && mount -t tmpfs -o size=64k tmpfs \"$1\""
        guard try ProgramRun("/bin/sh", ["-c", script, "sh", place]).status == 0 else {
            print("skipped: nothing can be mounted here")
            return
        }
        defer { _ = try? ProgramRun("/bin/umount", [place]) }
        #expect(Scratch.isMemoryBacked(place, LocalFiles()) && !Scratch.isMemoryBacked(folder.path, LocalFiles()))
    }
}
