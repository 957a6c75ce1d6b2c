internal import Files
internal import FITS
internal import Glibc

/// An input opened for its headers: the file itself, or its expanded stream in the scratch file.
struct InputFile {
    let file: FITSFile
    let identity: FileIdentity
    let format: FileFormat
    /// Where the expanded stream stands in the scratch file; nil for a plain file.
    let scratch: Range<Int64>?

    /// Clocks of file systems are so coarse: of a file that was changed that shortly before it was opened a further change might not show.
    private static let freshNanoseconds: Int64 = 20_000_000

    /// How long until a change will show in the file's times, microseconds; 0: from now on.
    private static func unsettled(_ identity: FileIdentity) -> useconds_t {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let changed = max(identity.modifiedNanoseconds, identity.changedNanoseconds)
        let age = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - changed
        // Times of another machine may lie in the future.
        return abs(age) < freshNanoseconds ? useconds_t((freshNanoseconds - age) / 1000 + 1) : 0
    }

    /// A file that is written all the time is taken as it is after so many looks.
    private static let looks = 50

    static func open(
        _ path: String, options: IntegrationOptions, files: any FileSystem, scratch: Scratch
    ) throws(FITSError) -> InputFile {
        let scan: Scan = .until(options.input.hdu)
        var look = 0
        while let file = try FITSFile.openUnlessGzip(path, in: files, scan: scan) {
            look += 1
            let wait = look < looks ? unsettled(file.identity) : 0
            guard wait > 0 else {
                return InputFile(file: file, identity: file.identity, format: file.format, scratch: nil)
            }
            usleep(wait)
        }
        var identity = try FITSError.carrying { () throws(FilesError) in try files.identity(ofPath: path) }
        for _ in 0..<looks {
            let wait = unsettled(identity)
            guard wait > 0 else { break }
            usleep(wait)
            identity = try FITSError.carrying { () throws(FilesError) in try files.identity(ofPath: path) }
        }
        let range: Range<Int64>
        let descriptor: Int32
        do throws(FilesError) {
            range = try scratch.expand(path)
            descriptor = try scratch.descriptor()
        } catch { throw FITSError(error) }
        let file = try FITSFile.open(
            descriptor: descriptor, path: path, baseOffset: range.lowerBound,
            length: range.upperBound - range.lowerBound,
            in: files, scan: scan)
        return InputFile(file: file, identity: identity, format: .gzip, scratch: range)
    }
}
