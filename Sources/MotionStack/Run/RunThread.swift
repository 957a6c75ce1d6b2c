/// A thread for one run: blocking reads do not belong on the cooperative pool.
enum RunThread {
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(MotionStackError) -> Value
    ) async throws(MotionStackError) -> Value {
        let result: Result<Value, MotionStackError> = await withCheckedContinuation { continuation in
            do throws(StackingError) {
                _ = try SystemThread(stackBytes: 4 << 20, joins: false) {
                    let result: Result<Value, MotionStackError>
                    do throws(MotionStackError) { result = .success(try body()) } catch { result = .failure(error) }
                    continuation.resume(returning: result)
                }
            } catch {
                continuation.resume(returning: .failure(MotionStackError(error)))
            }
        }
        return try result.get()
    }
}
