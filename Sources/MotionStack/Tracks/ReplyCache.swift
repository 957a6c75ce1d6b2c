internal import Files
package import Glibc

/// Replies of services as they came, each beside the request that it answers.
///
/// NAME is the service, the object and a hash of the request: NAME.txt or NAME.json is the reply, NAME.request what was
/// asked, word by word: a reply counts only where that is the same.
package struct ReplyCache: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// A reply that is there.
    struct Entry {
        var path: String
        /// Seconds since it came; negative when the clock says that it is of the future.
        var age: Double
    }

    func path(of request: ServiceRequest) -> String { "\(folder)/\(request.fileName)" }
    private func requestPath(of request: ServiceRequest) -> String { "\(folder)/\(request.stem).request" }

    /// More replies about one object are not looked through.
    private static let most = 100

    /// Replies that may serve: the one to this very request first, then those about the same object from the same site
    /// at other times, the newest first. Whether their times are those wanted, their reader finds out.
    func entries(for request: ServiceRequest) -> [Entry] {
        let own = request.stem
        var found = entry(own, request) { $0 == request.key + "\n" }.map { [$0] } ?? []
        var others: [Entry] = []
        for name in names(beginningWith: ServiceRequest.prefix(request.service, request.object))
        where name.hasSuffix(".request") {
            let stem = String(name.dropLast(8))
            guard stem != own, let entry = entry(stem, request, { $0.hasPrefix(request.subject) }) else { continue }
            others.append(entry)
        }
        found += others.sorted { $0.age < $1.age }
        return found
    }

    /// Whether any reply about the object is there.
    func knows(_ object: String) -> Bool {
        ServiceRequest.Service.allCases.contains { service in
            names(beginningWith: ServiceRequest.prefix(service, object)).contains { $0.hasSuffix(".request") }
        }
    }

    private func entry(_ stem: String, _ request: ServiceRequest, _ isWanted: (String) -> Bool) -> Entry? {
        var status = stat()
        let path = "\(folder)/\(stem)\(request.service.ending)"
        guard lstat(path.systemPath, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            let key = try? TextFile.read("\(folder)/\(stem).request", in: LocalFiles()), isWanted(key)
        else { return nil }
        return Entry(path: path, age: Double(time(nil) - status.st_mtim.tv_sec))
    }

    private func names(beginningWith prefix: String) -> [String] {
        guard let stream = opendir(folder.systemPath) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < Self.most, let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { PathText.text($0) }
            }
            if name.hasPrefix(prefix) { names.append(name) }
        }
        return names
    }

    /// Puts a reply down under a name of its own, so that it can be read before it is believed. Throws `.cannotCreate`.
    func put(_ reply: [UInt8], to request: ServiceRequest) throws(MotionStackError) -> String {
        try Self.makeFolder(folder, mode: 0o700)
        let fresh = path(of: request) + ".\(getpid()).new"
        try Self.write(reply, to: fresh)
        return fresh
    }

    /// Takes a reply in that was put down. Throws `.cannotCreate`.
    func keep(_ fresh: String, to request: ServiceRequest) throws(MotionStackError) {
        // An older reply must not be taken for one to the new request.
        forget(request)
        try Self.write(Array((request.key + "\n").utf8), to: requestPath(of: request))
        guard rename(fresh.systemPath, path(of: request).systemPath) == 0 else {
            throw Self.cannotWrite(folder, String(cString: strerror(errno)))
        }
    }

    func forget(_ request: ServiceRequest) {
        unlink(path(of: request).systemPath)
        unlink(requestPath(of: request).systemPath)
    }

    private static func cannotWrite(_ folder: String, _ detail: String) -> MotionStackError {
        MotionStackError(.cannotCreate, "\(folder): cannot write there: \(detail); XDG_CACHE_HOME names another place")
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: String, mode: mode_t) throws(MotionStackError) {
        var status = stat()
        if stat(path.systemPath, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]), mode: mode)
        }
        guard mkdir(path.systemPath, mode) == 0 || errno == EEXIST else {
            throw MotionStackError(.cannotCreate, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes a file, whole or not at all. Throws `.cannotCreate`.
    package static func write(_ bytes: [UInt8], to path: String) throws(MotionStackError) {
        do throws(FilesError) { try NewFile.write(bytes, to: path, replacing: true, in: LocalFiles()) } catch {
            throw cannotWrite(PathParts.split(path).folder, error.detail)
        }
    }
}
