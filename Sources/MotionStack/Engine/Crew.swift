internal import Glibc
internal import Synchronization

/// Pixel threads: made once, they wait for work, do it together and report when all of it is done. No lock inside the work itself.
final class Crew: @unchecked Sendable {
    private var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var threads: [pthread_t] = []
    // Guarded by `mutex`.
    private var generation = 0
    private var running = 0
    private var stopping = false
    private var work: (@Sendable (Int) -> Void)?

    let size: Int

    private final class Start {
        let crew: Crew
        let index: Int
        init(_ crew: Crew, _ index: Int) {
            self.crew = crew
            self.index = index
        }
    }

    init(threads count: Int) throws(StackingError) {
        size = count
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        // Address space only. Without optimisation the sorting kernels keep all their vectors on the stack, near 1 MB of it.
        pthread_attr_setstacksize(&attributes, 4 << 20)
        defer { pthread_attr_destroy(&attributes) }
        for index in 0..<count {
            var thread = pthread_t()
            let start = Unmanaged.passRetained(Start(self, index))
            let status = pthread_create(
                &thread, &attributes,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    start.crew.live(start.index)
                    return nil
                }, start.toOpaque())
            guard status == 0 else {
                start.release()
                stop()
                throw StackingError(
                    .noResources, "cannot make a thread: \(String(cString: strerror(status))); --threads 1 needs fewer")
            }
            threads.append(thread)
        }
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Every thread does `work` with its number; returns at once.
    func start(_ work: @escaping @Sendable (Int) -> Void) {
        pthread_mutex_lock(mutex)
        self.work = work
        generation += 1
        running = size
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until all threads are done.
    func wait() {
        pthread_mutex_lock(mutex)
        while running > 0 { pthread_cond_wait(changed, mutex) }
        work = nil
        pthread_mutex_unlock(mutex)
    }

    /// Ends the threads. Must be called, or they and the crew live on.
    func stop() {
        pthread_mutex_lock(mutex)
        stopping = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    private func live(_ index: Int) {
        var seen = 0
        while true {
            pthread_mutex_lock(mutex)
            while generation == seen, !stopping { pthread_cond_wait(changed, mutex) }
            if stopping, generation == seen {
                pthread_mutex_unlock(mutex)
                return
            }
            seen = generation
            let task = work
            pthread_mutex_unlock(mutex)
            task?(index)
            pthread_mutex_lock(mutex)
            running -= 1
            if running == 0 { pthread_cond_broadcast(changed) }
            pthread_mutex_unlock(mutex)
        }
    }
}
