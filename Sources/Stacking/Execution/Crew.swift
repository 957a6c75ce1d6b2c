internal import Glibc
internal import Synchronization

/// Pixel threads: made once, they wait for work, do it together and report when all of it is done. No lock inside the work itself.
package final class Crew: @unchecked Sendable {
    private var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var threads: [SystemThread] = []
    // Guarded by `mutex`.
    private var generation = 0
    private var running = 0
    private var stopping = false
    private var work: (@Sendable (Int) -> Void)?

    package let size: Int

    package init(threads count: Int) throws(StackingError) {
        size = count
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        for index in 0..<count {
            do throws(StackingError) {
                // Without optimisation the sorting kernels keep all their vectors on the stack, near 1 MB of it.
                threads.append(try SystemThread(stackBytes: 4 << 20, joins: true) { [self] in live(index) })
            } catch {
                stop()
                throw StackingError(error.code, "\(error.detail); fewer threads need less")
            }
        }
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Every thread does `work` with its number; returns at once.
    package func start(_ work: @escaping @Sendable (Int) -> Void) {
        pthread_mutex_lock(mutex)
        self.work = work
        generation += 1
        running = size
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until all threads are done.
    package func wait() {
        pthread_mutex_lock(mutex)
        while running > 0 { pthread_cond_wait(changed, mutex) }
        work = nil
        pthread_mutex_unlock(mutex)
    }

    /// Ends the threads. Must be called, or they and the crew live on.
    package func stop() {
        pthread_mutex_lock(mutex)
        stopping = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        for thread in threads { thread.join() }
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
