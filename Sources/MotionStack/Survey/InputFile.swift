internal import Files
internal import FITS

/// An input opened for its headers: the file itself, or its expanded stream in the scratch file.
struct InputFile {
    let file: FITSFile
    let identity: FileIdentity
    let format: FileFormat
    /// Where the expanded stream stands in the scratch file; nil for a plain file.
    let scratch: Range<Int64>?

    static func open(
        _ path: String, options: IntegrationOptions, files: any FileSystem, scratch: Scratch
    ) throws(FITSError) -> InputFile {
        let scan: Scan = .until(options.input.hdu)
        if let file = try FITSFile.openUnlessGzip(path, in: files, scan: scan) {
            return InputFile(file: file, identity: file.identity, format: file.format, scratch: nil)
        }
        let identity = try FITSError.carrying { () throws(FilesError) in try files.identity(ofPath: path) }
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
