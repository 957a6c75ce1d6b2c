internal import Glibc

/// glibc's allocator, told to keep little: what is resident is what is used.
enum Allocator {
    /// At most two arenas; blocks of 128 KiB and more by mmap, and freed memory back to the system at once. To be called before anything else.
    static func keepLittle() {
        // malloc.h is in no module of the system: the function is looked up by name.
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        let arenaMaximum: Int32 = -8
        let mmapThreshold: Int32 = -3
        let trimThreshold: Int32 = -1
        _ = mallopt(arenaMaximum, 2)
        _ = mallopt(mmapThreshold, 131_072)
        _ = mallopt(trimThreshold, 131_072)
    }
}
