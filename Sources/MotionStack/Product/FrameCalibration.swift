public import Files
internal import FITS

/// Writes calibrated frames for other programs: float32, the frame's own header less what no longer holds, CALSTAT, DATASUM and CHECKSUM.
public struct FrameCalibration {
    private let options: IntegrationOptions
    private let files: any FileSystem = LocalFiles()
    private let cancellation: Cancellation

    /// - Parameter options: `input` and `outputs.overwrite` count, and the scratch folder.
    public init(_ options: IntegrationOptions, cancellation: Cancellation = Cancellation()) {
        self.options = options
        self.cancellation = cancellation
    }

    /// Calibrates frames into a folder, each under its own name. What cannot be calibrated is told and passed over.
    ///
    /// - Parameters:
    ///   - told: the path of a frame that was written, or what is wrong with one.
    /// - Returns: how many were not written.
    /// - Throws: `.usage` where there is nothing to take off, `.noInput` and `.badData` for a master, `.cannotCreate` where an output exists or is an input.
    public func run(
        _ paths: [String], to folder: String, told: (Result<String, MotionStackError>) -> Void
    ) throws(MotionStackError) -> Int {
        guard let calibration = options.input.calibration, !calibration.isEmpty else {
            throw MotionStackError(
                .usage,
                "nothing is to be taken off: give --bias, --dark, --flat, --bad-pixels, --mask, --overscan or --trim")
        }
        try calibration.check()
        try makeFolder(folder)
        let outputs = paths.map { PathParts.join(folder, PathParts.name($0.droppingFITSExtension) + ".fits") }
        guard Set(outputs).count == outputs.count else {
            throw MotionStackError(.usage, "two of the frames have the same name, and would be one file in \(folder)")
        }
        try OutputCheck(options: options, files: files, inputs: paths).check(outputs)
        let place = options.resources.scratchFolder ?? folder
        let masters = Scratch(folder: place, files: files)
        guard
            let calibrator = try Calibrator(
                options, files: files, scratch: masters, cancellation: cancellation, room: nil)
        else { return 0 }
        var failed = 0
        for (path, output) in zip(paths, outputs) {
            try cancellation.check()
            do throws(FITSError) {
                if let problem = try write(path, to: output, calibrator, Scratch(folder: place, files: files)) {
                    failed += 1
                    told(.failure(MotionStackError(.badData, "\(PrintableText.visible(path)): \(problem)")))
                } else {
                    told(.success(output))
                }
            } catch {
                if [.exists, .noSpace, .isInput].contains(error.code) { throw Integration.carried(error) }
                failed += 1
                told(
                    .failure(
                        MotionStackError(
                            [.missing, .notPermitted, .notRegularFile].contains(error.code) ? .noInput : .badData,
                            "\(PrintableText.visible(path)): \(error.detail)")))
            }
        }
        try cancellation.check()
        for warning in calibrator.warnings { told(.failure(MotionStackError(.badData, "warning: \(warning)"))) }
        return failed
    }

    private func makeFolder(_ folder: String) throws(MotionStackError) {
        do throws(FilesError) { try files.makeFolders(folder, mode: 0o777) } catch {
            throw MotionStackError(.cannotCreate, "\(PrintableText.visible(folder)): \(error.detail)")
        }
    }

    /// - Returns: why a frame cannot be calibrated; nil where it was written.
    private func write(
        _ path: String, to output: String, _ calibrator: Calibrator, _ scratch: Scratch
    ) throws(FITSError) -> String? {
        let input = try InputFile.open(path, options: options, files: files, scratch: scratch)
        let hdu = try input.file.select(options.input.hdu, takesTiles: true)
        let image = try ExpandedImage(hdu, of: input.file, scratch: scratch, room: nil, cancellation: cancellation)
        var plane = 0
        if image.layout.planes > 1 {
            guard case .index(let asked)? = options.input.plane, (1...image.layout.planes).contains(asked) else {
                return "is a cube of \(image.layout.planes) planes; --plane N takes one of them"
            }
            plane = asked - 1
        }
        var header = input.file.header(inheriting: hdu)
        let trim: FrameTrim?
        do throws(FrameTrim.Problem) {
            trim = try FrameTrim(
                header, width: image.layout.width, height: image.layout.height, options.input.calibration)
        } catch { return error.text }
        let made: (layout: ImageLayout, place: Range<Int64>)
        switch try calibrator.calibrate(image, plane: plane, path: path, header: header, trim: trim, into: scratch) {
        case .failure(let problem): return problem.detail
        case .success(let found): made = found
        }
        // A run that was told to stop leaves nothing half done.
        if cancellation.isCancelled { return "interrupted" }
        if let trim { header = header.trimmed(to: trim.part) }
        let writer = try FITSWriter(publishing: output, overwrite: options.outputs.overwrite, in: files)
        do throws(FITSError) {
            let bytes = made.place.upperBound - made.place.lowerBound
            let unit = try writer.append(
                calibrated(header, made.layout, by: calibrator), dataBytes: bytes)
            try copy(from: scratch, made.place, to: writer, unit)
            try writer.prepare()
            try writer.stage()
            try writer.publish()
        } catch {
            writer.discard()
            throw error
        }
        return nil
    }

    private func copy(
        from scratch: Scratch, _ place: Range<Int64>, to writer: FITSWriter, _ unit: Int
    ) throws(FITSError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while place.lowerBound + done < place.upperBound {
            let count = Int(min(Int64(buffer.count), place.upperBound - place.lowerBound - done))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            do throws(FilesError) { _ = try scratch.read(into: part, at: place.lowerBound + done) } catch {
                throw FITSError(error)
            }
            try writer.write(UnsafeRawBufferPointer(part), hdu: unit, at: done)
            done += Int64(count)
        }
    }

    /// What no longer holds of a frame's cards when its samples are float32.
    private static let replaced: Set<String> = [
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "EXTEND", "PCOUNT", "GCOUNT", "BSCALE",
        "BZERO",
        "BLANK", "DATAMIN", "DATAMAX", "CHECKSUM", "DATASUM", "CALSTAT", "EXTNAME", "EXTVER", "INHERIT", "END",
    ]

    private func calibrated(_ header: Header, _ layout: ImageLayout, by calibrator: Calibrator) -> Header {
        var result = Header(cards: [
            Card("SIMPLE", .logical(true), comment: "conforms to FITS"),
            Card("BITPIX", .integer(-32), comment: "IEEE float32"), Card("NAXIS", .integer(2)),
            Card("NAXIS1", .integer(Int64(layout.width))), Card("NAXIS2", .integer(Int64(layout.height))),
        ])
        result.cards += header.cards.filter { !Self.replaced.contains($0.keyword) }.map(\.conforming)
        let letters = Calibrator.letters(options.input.calibration, before: header)
        if !letters.isEmpty { result.set("CALSTAT", .string(letters), comment: "bias, dark, flat are taken off") }
        result.cards += Card.history("\(MotionStackVersion.creator): calibrated, \(calibrator.recipeText)")
        return result
    }
}
