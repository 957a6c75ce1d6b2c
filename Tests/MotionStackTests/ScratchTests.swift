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
}
