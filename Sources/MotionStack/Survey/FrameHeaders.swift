internal import Files
internal import FITS
internal import Sky

/// Headers of frames that are wanted once more, read through the descriptors that are open for the pixels.
struct FrameHeaders {
    let reader: RasterReader
    let files: any FileSystem
    let options: IntegrationOptions

    /// - Parameter index: place of the frame in what was given.
    func header(_ index: Int) throws(MotionStackError) -> Header { try read(index).header }

    /// With the number of images that stand before the frame's in its file.
    private func read(_ index: Int) throws(MotionStackError) -> (header: Header, image: Int, trim: FrameTrim?) {
        let read: Result<(header: Header, image: Int, trim: FrameTrim?), FITSError> = try MotionStackError.carrying {
            () throws(StackingError) in
            try reader.withOpen(index) { (descriptor, raster) throws(StackingError) in
                do throws(FITSError) {
                    let stretch = raster.holdsHeaders ? raster.scratch ?? 0..<raster.identity.size : nil
                    let file =
                        if let stretch {
                            try FITSFile.open(
                                descriptor: descriptor, path: raster.path, baseOffset: stretch.lowerBound,
                                length: stretch.upperBound - stretch.lowerBound, in: files,
                                scan: .until(options.input.hdu))
                        } else {
                            try FITSFile.open(raster.path, in: files, scan: .until(options.input.hdu))
                        }
                    let hdu = try file.select(options.input.hdu, takesTiles: true)
                    let header = file.header(inheriting: hdu)
                    let layout = hdu.layout
                    // What the survey could trim can be trimmed again.
                    let trim = try? FrameTrim(
                        header, width: layout?.width ?? 0, height: layout?.height ?? 0, options.input.calibration)
                    return .success(
                        (trim.map { header.trimmed(to: $0.part) } ?? header, file.imagesBefore(hdu), trim))
                } catch { return .failure(error) }
            }
        }
        do throws(FITSError) { return try read.get() } catch { throw Integration.carried(error) }
    }

    /// The world coordinates of a frame: from its own header, or from a file beside it. Throws `.badData` where there is no plate solution.
    func coordinates(
        _ index: Int, path: String, width: Int, height: Int
    ) throws(MotionStackError) -> WorldCoordinates {
        let (header, image, trim) = try read(index)
        do throws(Surveyor.PlateProblem) {
            return try coordinates(header, image, trim, path, width, height)
        } catch { throw MotionStackError(.badData, "\(path): \(error.detail)") }
    }

    /// The header of a frame with its world coordinates; without them where there is no plate solution.
    ///
    /// - Parameter wasSolved: whether the survey found one.
    func headerAndCoordinates(
        _ index: Int, _ raster: Raster, wasSolved: Bool
    ) throws(MotionStackError) -> (Header, WorldCoordinates?) {
        let (header, image, trim) = try read(index)
        do throws(Surveyor.PlateProblem) {
            return (header, try coordinates(header, image, trim, raster.path, raster.width, raster.height))
        } catch {
            guard !wasSolved else {
                throw MotionStackError(
                    .io, "\(raster.path): its plate solution was there and is no more: \(error.detail)")
            }
            return (header, nil)
        }
    }

    private func coordinates(
        _ header: Header, _ image: Int, _ trim: FrameTrim?, _ path: String, _ width: Int, _ height: Int
    ) throws(Surveyor.PlateProblem) -> WorldCoordinates {
        try Surveyor.worldCoordinates(
            path: path, image: image, values: HeaderAdapter(header: header), width: width, height: height, trim: trim,
            options: options, files: files
        ).coordinates
    }
}
