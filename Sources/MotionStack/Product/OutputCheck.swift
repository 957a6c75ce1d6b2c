internal import Files
internal import FITS
internal import Glibc

/// Whether products can be written where they shall go: told before any frame is read.
struct OutputCheck {
    let options: IntegrationOptions
    let files: any FileSystem
    /// Everything that was given, used or not: none of it is ever written over.
    let inputs: [String]
    /// What asked for them, for messages.
    var option = "--output"

    func check(_ outputs: [String]) throws(MotionStackError) {
        for path in outputs { try check(path) }
    }

    private func check(_ path: String) throws(MotionStackError) {
        let folder = PathParts.split(path).folder
        guard files.exists(folder) else {
            throw MotionStackError(
                .cannotCreate, "\(path): the folder \(folder) does not exist; make it, or name another with \(option)")
        }
        guard (try? files.check(.write, folder)) != nil else {
            throw MotionStackError(
                .cannotCreate, "\(path): the folder \(folder) cannot be written to; name another with \(option)")
        }
        let kind: FileKind
        do throws(FilesError) { kind = try files.kind(ofPath: path, followingLinks: false) } catch {
            guard error.errno == ENAMETOOLONG else { return }
            throw MotionStackError(
                .cannotCreate, "\(path): the name is longer than the file system takes; give a shorter \(option)")
        }
        // A new file takes the place of a name: it would be that of the link.
        guard kind != .link else {
            let there = (try? files.resolved(path)).map { "\($0) is where it leads, and can be named" }
            throw MotionStackError(
                .cannotCreate,
                "\(path): is a symbolic link, which is not written through; \(there ?? "it leads nowhere: name another") with \(option)"
            )
        }
        guard let identity = try? files.identity(ofPath: path) else {
            throw MotionStackError(
                .cannotCreate, "\(path): exists and is not a regular file; name another with \(option)")
        }
        for input in inputs {
            guard let other = try? files.identity(ofPath: input), other.inode == identity.inode,
                other.device == identity.device
            else { continue }
            // An earlier product among the inputs is left out as a stack, and may be replaced.
            if !options.input.allowsStacks, isStack(input) { continue }
            throw MotionStackError(
                .cannotCreate, "\(path): the output is an input (\(input)); name another with \(option)")
        }
        guard options.outputs.overwrite else {
            throw MotionStackError(.cannotCreate, "\(path): exists; --overwrite replaces it, \(option) names another")
        }
    }

    private func isStack(_ path: String) -> Bool {
        guard let file = try? FITSFile.open(path, in: files, scan: .until(.index(0))), let first = file.hdus.first
        else {
            return false
        }
        return Surveyor.stackMark(first.header) != nil
    }

    /// Room for the products. Throws `.doesNotFit` where there is too little.
    func checkDisk(_ plan: IntegrationPlan, _ outputs: [String]) throws(MotionStackError) {
        guard let first = outputs.first else { return }
        let folder = PathParts.split(first).folder
        guard let free = try? files.freeBytes(inFolder: folder), free < plan.io.outputBytes else { return }
        throw MotionStackError(
            .doesNotFit,
            "\(first): the products take \(ByteCount(plan.io.outputBytes)), \(folder) has \(ByteCount(free)) free; make room, or name another folder with --output"
        )
    }
}
