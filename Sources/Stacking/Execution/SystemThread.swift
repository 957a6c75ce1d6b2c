internal import Glibc

/// A thread of the system with a stack of a known size. Blocking reads do not belong on the cooperative pool.
package struct SystemThread {
    private let handle: pthread_t

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - stackBytes: of address space; only what is touched becomes resident.
    ///   - joins: whether `join` will be called; a thread that is not joined frees itself.
    /// - Throws: `.noResources` where the system has none.
    package init(stackBytes: Int, joins: Bool, _ body: @escaping @Sendable () -> Void) throws(StackingError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        if !joins { pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) }
        let start = Unmanaged.passRetained(Start(body))
        var handle = pthread_t()
        let status = pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw StackingError(.noResources, "cannot make a thread: \(String(cString: strerror(status)))")
        }
        self.handle = handle
    }

    /// Waits until the thread has ended.
    package func join() { pthread_join(handle, nil) }
}
