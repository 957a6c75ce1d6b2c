import Foundation
import Synchronization

/// A folder for one test, gone with all in it when the value goes, or with the process.
public final class TestFolder: Sendable {
    public let path: String

    /// A new folder under the system's temporary one, or another.
    public init(_ name: String = "motion-stack-test", in parent: String? = nil) throws {
        let folder = parent ?? NSTemporaryDirectory()
        path =
            (folder.hasSuffix("/") ? folder : folder + "/")
            + "\(name)-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        Self.remaining.add(path)
    }

    /// Folders of this process that are there, among them those that static values hold.
    private static let remaining = Remaining()

    private final class Remaining: Sendable {
        private let paths = Mutex(Set<String>())

        init() { atexit { TestFolder.remaining.removeAll() } }

        func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }
        func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }
        func removeAll() {
            for path in paths.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    /// Path of a file in it.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Names in it, sorted, hidden ones too.
    public var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        Self.remaining.remove(path)
    }
}

/// Where the package, its built programs and the open test data are.
public enum TestPlaces {
    /// The package's root folder.
    public static let package: String = {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }()

    /// MOTIONSTACK_TESTDATA, or shared/testdata beside the package; nil (with a line printed) where there is none.
    public static func data(_ part: String = "") -> String? {
        let root =
            ProcessInfo.processInfo.environment["MOTIONSTACK_TESTDATA"]
            ?? URL(fileURLWithPath: package).deletingLastPathComponent().appendingPathComponent("shared/testdata").path
        let path = part.isEmpty ? root : root + "/" + part
        if FileManager.default.fileExists(atPath: path) { return path }
        print("skipped: no test data at \(path)")
        return nil
    }

    /// A program of this build, beside the running test bundle; nil when it is not built.
    public static func program(_ name: String) -> String? {
        var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
        for _ in 0..<3 {
            let path = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
            folder.deleteLastPathComponent()
        }
        for build in ["debug", "release"] {
            let path = package + "/.build/" + build + "/" + name
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return nil
    }
}
