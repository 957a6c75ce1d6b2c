internal import Files
internal import CArguments
internal import Glibc

/// The words that the program was started with.
enum ProgramArguments {
    /// Without the program's name. From the loader, since Swift's `CommandLine` reads /proc, which a chroot may not have.
    static let words: [String] = {
        guard let words = arguments_words() else { return Array(CommandLine.arguments.dropFirst()) }
        return (0..<Int(arguments_count())).dropFirst().compactMap { index in words[index].map { PathText.text($0) } }
    }()
}

/// The main thread's stack is as small as its user's limit makes it (`ulimit -s`): work is done on one of known size.
enum RoomyStack {
    private static let bytes = 8 << 20

    private final class Job {
        let body: () -> Int32
        var result: Int32 = 0
        init(_ body: @escaping () -> Int32) { self.body = body }
    }

    /// Runs `body` to its end and returns what it returns.
    static func run(_ body: @escaping () -> Int32) -> Int32 {
        let job = Job(body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, bytes)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let job = Unmanaged<Job>.fromOpaque(argument).takeUnretainedValue()
                job.result = job.body()
                return nil
            }, Unmanaged.passUnretained(job).toOpaque())
        pthread_attr_destroy(&attributes)
        guard status == 0 else { return body() }
        pthread_join(thread, nil)
        return job.result
    }
}
