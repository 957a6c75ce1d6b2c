internal import FITS
internal import Files
internal import Sky

/// A plate solution in a file of its own: a FITS header (solve-field's NAME.wcs), or a text with a card a line (ASTAP's
/// NAME.wcs; SCAMP's NAME.head, which holds a header for each image of the frame's file).
struct PlateSolutionFile {
    /// No header of text is longer; what is, is something else.
    static let largestText = 1 << 20

    /// What a file is there for but does not give.
    struct Problem: Error {
        var path: String
        var reason: String

        /// "f0.wcs is there but cannot be read: ...".
        var text: String { "\(path) is there but \(reason)" }
    }

    let path: String
    /// Which of the images in the frame's file is used, from 0: that of a text which holds several headers.
    let image: Int

    /// Where a frame's solution is looked for, the folder that was named first.
    static func candidates(for path: String, folder: String?) -> [String] {
        let stem = path.droppingFITSExtension
        var candidates: [String] = []
        if let folder {
            let name = PathParts.name(stem)
            candidates += ["\(folder)/\(name).wcs", "\(folder)/\(name).head"]
        }
        return candidates + ["\(stem).wcs", "\(path).wcs", "\(stem).head", "\(path).head"]
    }

    /// The solution, for a frame of so many pixels; of one that was trimmed it may be that of the whole frame. Nil where there is no such file.
    func coordinates(
        width: Int, height: Int, trim: FrameTrim? = nil, lenient: Bool, files: any FileSystem
    ) throws(Problem) -> WorldCoordinates? {
        guard var header = try header(files) else { return nil }
        let size = Self.size(header)
        if let trim, size.map({ $0.width == trim.rawWidth && $0.height == trim.rawHeight }) ?? true {
            header = header.trimmed(to: trim.part)
        } else if let size, size.width != width || size.height != height {
            throw problem(
                "it is for an image of \(size.width) x \(size.height) pixels, the frame has \(width) x \(height)"
            )
        }
        do throws(SkyError) {
            return try WorldCoordinates(
                HeaderAdapter(header: header), width: width, height: height, lenient: lenient)
        } catch {
            throw problem(error.detail.hasPrefix("not a ") ? "is \(error.detail)" : error.detail)
        }
    }

    private func problem(_ reason: String) -> Problem { Problem(path: path, reason: reason) }

    /// The size of the image that was solved, where the cards say.
    private static func size(_ header: Header) -> (width: Int, height: Int)? {
        let names = (header.double("NAXIS") ?? 0) >= 2 ? ["NAXIS1", "NAXIS2"] : ["IMAGEW", "IMAGEH"]
        guard let width = header.double(names[0]), let height = header.double(names[1]), width >= 1, height >= 1,
            width < 1e9, height < 1e9
        else { return nil }
        return (Int(width), Int(height))
    }

    private enum Content {
        case fits(Header)
        case text([UInt8])
        case largeText(Int64)
    }

    private func header(_ files: any FileSystem) throws(Problem) -> Header? {
        let content: Content
        do throws(FITSError) { content = try read(files) } catch {
            if error.code == .missing { return nil }
            throw problem("cannot be read: \(error.detail)")
        }
        switch content {
        case .fits(let header): return header
        case .text(let bytes): return try text(bytes)
        case .largeText(let size): throw problem("cannot be read: a text of \(size) bytes is no header")
        }
    }

    private func read(_ files: any FileSystem) throws(FITSError) -> Content {
        let descriptor = try FITSError.carrying { () throws(FilesError) in try files.openForReading(path) }
        defer { files.close(descriptor) }
        let size = try FITSError.carrying { () throws(FilesError) in
            try files.identity(of: descriptor, path: path).size
        }
        // No card of a FITS header holds the end of a line, and no line of a text is that long.
        let start = try bytes(descriptor, Int(min(size, 400)), files)
        guard start.contains(where: Self.isLineEnd) || size < 80 else {
            return .fits(try FITSFile.open(path, in: files, scan: .until(.index(0))).hdus.first?.header ?? Header())
        }
        return size <= Int64(Self.largestText) ? .text(try bytes(descriptor, Int(size), files)) : .largeText(size)
    }

    private func bytes(_ descriptor: Int32, _ count: Int, _ files: any FileSystem) throws(FITSError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        let got = try FITSError.carrying { () throws(FilesError) in
            try files.read(descriptor, into: buffer, at: 0, path: path)
        }
        return Array(buffer[..<min(got, count)])
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The cards of a text: of its only header, else of the one that belongs to the image.
    private func text(_ bytes: [UInt8]) throws(Problem) -> Header {
        var headers: [[UInt8]] = []
        var records: [UInt8] = []
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        for line in content.split(whereSeparator: Self.isLineEnd) {
            if line.contains(where: { $0 < 0x20 && $0 != 0x09 }) {
                throw problem("cannot be read: it is neither FITS nor a text of header lines")
            }
            let record = Self.record(line)
            guard !record.starts(with: "END     ".utf8) else {
                headers.append(records)
                records = []
                continue
            }
            records += record
        }
        if records.contains(where: { $0 != 0x20 }) { headers.append(records) }
        guard headers.indices.contains(image) else {
            throw problem(
                headers.isEmpty
                    ? "holds no header"
                    : "holds \(headers.count) headers, none for image \(image + 1) of the frame's file")
        }
        return Header(records: headers[image])
    }

    /// A line as a record of 80 bytes. What stands behind is remarks; "CRPIX1=24.5" has its sign moved to its place.
    private static func record(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var record = line.map { $0 == 0x09 ? 0x20 : $0 }
        if let equals = record.firstIndex(of: UInt8(ascii: "=")), equals < 8 {
            let keyword = record[..<equals].filter { $0 != 0x20 }
            record =
                keyword + [UInt8](repeating: 0x20, count: 8 - keyword.count) + Array("= ".utf8)
                + record[(equals + 1)...]
        }
        let length = min(record.count, 80)
        return Array(record[..<length]) + [UInt8](repeating: 0x20, count: 80 - length)
    }
}

extension FITSFile {
    /// How many images stand before an HDU, as programs count them that write a header for each.
    func imagesBefore(_ hdu: HDU) -> Int {
        hdus.count {
            $0.index < hdu.index && ($0.kind == .compressedImage || ($0.kind == .image && $0.dataBytes > 0))
        }
    }
}
