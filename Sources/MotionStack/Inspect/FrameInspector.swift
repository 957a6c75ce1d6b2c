internal import Files
internal import FITS
internal import Sky

/// Looks at files one by one: time, exposure, world coordinates, size, statistics of all pixels. Holds no more than some MB whatever the file's size.
public struct FrameInspector {
    private let options: InspectionOptions
    private let files: any FileSystem
    private let cancellation: Cancellation

    public init(_ options: InspectionOptions = InspectionOptions(), cancellation: Cancellation = Cancellation()) {
        self.options = options
        files = LocalFiles()
        self.cancellation = cancellation
    }

    /// What a file is, one entry; with `allHDUs` one a HDU that holds an image. Never fails: what cannot be used says why.
    public func inspect(_ path: String) -> [FrameInspection] {
        let scratch = Scratch(folder: options.scratchFolder, files: files)
        var bare = FrameInspection(path: path)
        do throws(FITSError) {
            let format = try FITSFile.format(ofPath: path, in: files)
            bare.format = format == .other ? nil : format
            let file: FITSFile
            if format == .gzip {
                let range: Range<Int64>
                let descriptor: Int32
                do throws(FilesError) {
                    range = try scratch.expand(path)
                    descriptor = try scratch.descriptor()
                } catch { throw FITSError(error) }
                file = try FITSFile.open(
                    descriptor: descriptor, path: path, baseOffset: range.lowerBound,
                    length: range.upperBound - range.lowerBound, in: files, scan: .all, format: .gzip)
            } else {
                file = try FITSFile.open(path, in: files, scan: .all)
            }
            bare.format = file.format
            bare.warnings = file.warnings
            bare.hdus = file.hdus.map {
                .init(
                    index: $0.index, name: $0.name, kind: $0.kind, bitpix: $0.bitpix, shape: $0.axes.reversed(),
                    compression: $0.compression)
            }
            let selections: [HDUSelection]
            if options.allHDUs {
                let images = file.hdus.filter { ($0.kind == .image && $0.dataBytes > 0) || $0.kind == .compressedImage }
                selections = images.isEmpty ? [.firstImage] : images.map { .index($0.index) }
            } else {
                selections = [options.hdu]
            }
            return selections.map { inspect(file, $0, bare, scratch) }
        } catch {
            return [refused(bare, error)]
        }
    }

    private func refused(_ bare: FrameInspection, _ error: FITSError) -> FrameInspection {
        var facts = bare
        facts.usable = false
        facts.reason = error.detail
        facts.isMissing = [.missing, .notPermitted, .notRegularFile].contains(error.code) && bare.hdus.isEmpty
        return facts
    }

    private func inspect(
        _ file: FITSFile, _ selection: HDUSelection, _ bare: FrameInspection, _ scratch: Scratch
    ) -> FrameInspection {
        var facts = bare
        do throws(FITSError) {
            if case .index(let index) = selection { facts.hdu = index }
            let hdu = try file.select(selection, takesTiles: true)
            facts.hdu = hdu.index
            describe(file, hdu, &facts)
            guard let layout = hdu.layout else { return facts }
            var plane: Int?
            facts.usable = true
            if let asked = options.plane {
                if (1...max(1, layout.planes)).contains(asked) {
                    plane = asked - 1
                } else {
                    facts.usable = false
                    facts.reason = "has \(layout.planes) planes, not \(asked)"
                }
            } else if layout.planes > 1 {
                facts.usable = false
                facts.reason = "is a cube of \(layout.planes) planes; --plane N takes one of them"
            }
            if options.measures {
                let image = try ExpandedImage(hdu, of: file, scratch: scratch, room: nil, cancellation: cancellation)
                facts.statistics = try statistics(image.file, image.layout, plane)
            }
            return facts
        } catch {
            if let index = facts.hdu, let hdu = file.hdus.first(where: { $0.index == index }) ?? nil {
                describe(file, hdu, &facts)
            }
            return refused(facts, error)
        }
    }

    private func statistics(_ file: FITSFile, _ layout: ImageLayout, _ plane: Int?) throws(FITSError) -> PixelStatistics
    {
        let stream = PixelStream(file, layout, plane: plane, cancellation: cancellation)
        if layout.bytesPerPixel <= 2 {
            let values = try CountedValues(stream)
            return PixelStatistics(values)
        }
        let values = try StreamedValues(stream)
        return try PixelStatistics(values)
    }

    /// What the header says.
    private func describe(_ file: FITSFile, _ hdu: HDU, _ facts: inout FrameInspection) {
        facts.bitpix = hdu.bitpix
        if let layout = hdu.layout {
            facts.bzero = layout.bzero
            facts.bscale = layout.bscale
            facts.width = layout.width
            facts.height = layout.height
        }
        let header = file.header(inheriting: hdu)
        facts.unit = header.string("BUNIT")?.trimmedBlanks
        facts.object = header.string("OBJECT")?.trimmedBlanks
        let values = HeaderAdapter(header: header)
        switch FrameTimes.read(values, rules: options.timeRules) {
        case .success(let time):
            facts.time = time
            facts.warnings += time.warnings
        case .failure(let error): facts.warnings.append("no usable time: \(error.detail)")
        }
        if let site = options.site {
            facts.site = site
        } else {
            let found = Site.fromHeader(values)
            facts.site = found.site
            facts.warnings += found.warnings
        }
        if let layout = hdu.layout { facts.world = world(file, hdu, values, layout, &facts.warnings) }
    }

    private func world(
        _ file: FITSFile, _ hdu: HDU, _ values: HeaderAdapter, _ layout: ImageLayout, _ warnings: inout [String]
    ) -> FrameInspection.WorldFacts? {
        var lookup = IntegrationOptions()
        lookup.input.wcsFolder = options.wcsFolder
        lookup.input.lenientWCS = options.lenientWCS
        do throws(Surveyor.PlateProblem) {
            let found = try Surveyor.worldCoordinates(
                path: file.path, image: file.imagesBefore(hdu), values: values, width: layout.width,
                height: layout.height, options: lookup, files: files)
            let coordinates = found.coordinates
            if let other = found.path { warnings.append("world coordinates of \(other)") }
            warnings += coordinates.warnings
            let middle = PixelPoint(x: Double(layout.width - 1) / 2, y: Double(layout.height - 1) / 2)
            return .init(
                ctype: coordinates.ctype, center: coordinates.sky(at: middle), scaleArcsec: coordinates.scaleArcsec,
                rotationDegrees: coordinates.rotationDegrees, mirrored: coordinates.mirrored,
                distortion: coordinates.distortion, reason: nil)
        } catch {
            if let beside = error.beside { warnings.append(beside) }
            let ctype = ["CTYPE1", "CTYPE2"].compactMap { values.header.string($0)?.trimmedBlanks }
            return ctype.isEmpty ? nil : .init(ctype: ctype, reason: error.detail)
        }
    }
}
