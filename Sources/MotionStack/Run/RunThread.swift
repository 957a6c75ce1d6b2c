internal import Glibc

/// A thread for one run: blocking reads do not belong on the cooperative pool.
enum RunThread {
    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(MotionStackError) -> Value
    ) async throws(MotionStackError) -> Value {
        let result: Result<Value, MotionStackError> = await withCheckedContinuation { continuation in
            let job = Unmanaged.passRetained(
                Job {
                    let result: Result<Value, MotionStackError>
                    do throws(MotionStackError) { result = .success(try body()) } catch { result = .failure(error) }
                    continuation.resume(returning: result)
                })
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            pthread_attr_setstacksize(&attributes, 4 << 20)
            var thread = pthread_t()
            let status = pthread_create(
                &thread, &attributes,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                }, job.toOpaque())
            pthread_attr_destroy(&attributes)
            if status != 0 {
                job.release()
                continuation.resume(
                    returning: .failure(
                        MotionStackError(.io, "cannot make a thread: \(String(cString: strerror(status)))")))
            }
        }
        return try result.get()
    }
}
