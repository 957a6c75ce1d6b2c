internal import Files

/// Expands the tiles of an image, one after the other.
final class TileReader {
    private let file: FITSFile
    private let hdu: HDU
    private let layout: TileLayout
    private let heap: TileHeap
    private let gzip: GzipBytes
    /// Of the table.
    private let row: UnsafeMutableRawBufferPointer
    /// A tile as its stream holds it: integers of 4 bytes, or what was compressed by gzip.
    private let raw: UnsafeMutableRawBufferPointer
    /// The same before its bytes are in order; empty where they are.
    private let shuffled: UnsafeMutableRawBufferPointer

    init(_ file: FITSFile, _ hdu: HDU, _ layout: TileLayout) throws(FITSError) {
        self.file = file
        self.hdu = hdu
        self.layout = layout
        do throws(FilesError) { gzip = try GzipBytes() } catch { throw FITSError(error) }
        heap = TileHeap(file, hdu, layout)
        row = .allocate(byteCount: layout.rowBytes, alignment: 64)
        raw = .allocate(byteCount: layout.rawBytes, alignment: 64)
        shuffled = .allocate(byteCount: layout.compression == .shuffledGzip ? layout.rawBytes : 0, alignment: 64)
    }

    deinit {
        row.deallocate()
        raw.deallocate()
        shuffled.deallocate()
    }

    /// Expands a tile into lines that stand `rowBytes` apart, as big-endian samples of ZBITPIX.
    /// - Throws: `.corrupt` with the tile's number.
    func expand(
        _ tile: Int, width: Int, height: Int, into output: UnsafeMutableRawBufferPointer, rowBytes: Int
    ) throws(FITSError) {
        let place = hdu.dataOffset + Int64(tile) * Int64(layout.rowBytes)
        guard try file.read(into: row, at: place) == row.count else {
            throw corrupt(tile, "is not in the table any more")
        }
        let lines = TileLines(layout, width: width, height: height, output: output, rowBytes: rowBytes)
        let (stream, way, isVerbatim) = try stream(tile)
        let isGood: Bool
        switch way {
        case .rice:
            let rice = RiceTile(sampleBytes: layout.sampleBytes, blockSamples: layout.blockSamples)
            isGood = rice.expand(stream, into: integers(lines.count)) && finish(lines, tile)
        case .plio:
            isGood = PLIOTile.expand(stream, into: integers(lines.count)) && finish(lines, tile)
        case .hcompress:
            isGood =
                HCompressTile.expand(stream, lines: height, columns: width, into: integers(lines.count))
                && finish(lines, tile)
        case .gzip, .shuffledGzip, .none:
            isGood = finish(lines, tile, bytes: bytes(stream, way, lines.count), isVerbatim: isVerbatim)
        }
        guard isGood else { throw corrupt(tile, "is damaged (\(way.rawValue))") }
    }

    private func corrupt(_ tile: Int, _ what: String) -> FITSError {
        FITSError(.corrupt, "read", path: file.path, "HDU \(hdu.index): tile \(tile + 1) of \(layout.rowCount) \(what)")
    }

    /// A tile's stream, the way by which it became that, and whether it holds the samples of ZBITPIX themselves though others are quantised.
    private func stream(
        _ tile: Int
    ) throws(FITSError) -> (bytes: UnsafeRawBufferPointer, way: TileLayout.Compression, isVerbatim: Bool) {
        let places: [(TileLayout.Descriptors?, TileLayout.Compression, Bool)] = [
            (layout.compressed, layout.compression, false), (layout.gzipped, .gzip, true),
            (layout.uncompressed, .none, true),
        ]
        for case (let column?, let way, let isVerbatim) in places {
            switch try heap.bytes(column, of: UnsafeRawBufferPointer(row)) {
            case .failure(let problem): throw corrupt(tile, problem.rawValue)
            case .success(let found) where !found.isEmpty: return (found, way, isVerbatim)
            case .success: continue
            }
        }
        throw corrupt(tile, "has no data")
    }

    private func integers(_ count: Int) -> UnsafeMutableBufferPointer<Int32> {
        UnsafeMutableBufferPointer(rebasing: raw.assumingMemoryBound(to: Int32.self)[..<count])
    }

    /// Expands a stream of bytes into `raw`. Returns how many a sample has; nil where that is no number of bytes, or the stream is damaged.
    private func bytes(_ stream: UnsafeRawBufferPointer, _ way: TileLayout.Compression, _ count: Int) -> Int? {
        let made: Int
        switch way {
        case .gzip, .shuffledGzip:
            guard let expanded = gzip.expand(stream, into: way == .gzip ? raw : shuffled) else { return nil }
            made = expanded
        default:
            guard stream.count <= raw.count else { return nil }
            raw.copyMemory(from: stream)
            made = stream.count
        }
        guard count > 0, made % count == 0, [1, 2, 4, 8].contains(made / count) else { return nil }
        let width = made / count
        if way == .shuffledGzip {
            for byte in 0..<width {
                for index in 0..<count { raw[index * width + byte] = shuffled[byte * count + index] }
            }
        }
        return width
    }

    /// Writes what stands in `raw` as integers.
    private func finish(_ lines: TileLines, _ tile: Int) -> Bool {
        let values = integers(lines.count)
        if layout.offset != 0 { for index in values.indices { values[index] &-= layout.offset } }
        if layout.bitpix > 0 { return lines.write(values) }
        return dequantise(lines, tile)
    }

    /// Writes what stands in `raw` as big-endian samples of so many bytes.
    private func finish(_ lines: TileLines, _ tile: Int, bytes: Int?, isVerbatim: Bool) -> Bool {
        guard let bytes else { return false }
        if layout.bitpix > 0 {
            if bytes == layout.bytesPerSample {
                lines.copy(UnsafeRawBufferPointer(raw))
                return true
            }
            guard bytes == 4 || bytes == 2, widen(lines.count, from: bytes) else { return false }
            return lines.write(integers(lines.count))
        }
        if case .none = layout.quantisation { return copyFloats(lines, bytes) }
        if isVerbatim { return copyFloats(lines, bytes) }
        guard bytes == 4, widen(lines.count, from: 4) else { return false }
        return dequantise(lines, tile)
    }

    /// Big-endian integers of 2 or 4 bytes in `raw` become native ones of 4.
    private func widen(_ count: Int, from bytes: Int) -> Bool {
        let values = integers(count)
        if bytes == 4 {
            for index in values.indices { values[index] = Int32(bigEndian: values[index]) }
        } else {
            for index in values.indices.reversed() {
                values[index] = Int32(
                    Int16(bigEndian: raw.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)))
            }
        }
        return true
    }

    private func copyFloats(_ lines: TileLines, _ bytes: Int) -> Bool {
        if bytes == layout.bytesPerSample {
            lines.copy(UnsafeRawBufferPointer(raw))
            return true
        }
        // Tiles of float64 images that could not be quantised may stand as float32.
        guard bytes == 4, layout.bitpix == -64 else { return false }
        lines.writeDoubles { index in
            let bits = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            return Double(Float(bitPattern: bits))
        }
        return true
    }

    // MARK: Quantised samples

    private func number(_ number: TileLayout.Number) -> Double? {
        guard case .column(let offset, let code) = number else {
            if case .constant(let value) = number { return value }
            return nil
        }
        return
            switch code
        {
        case UInt8(ascii: "D"):
            Double(bitPattern: UInt64(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        case UInt8(ascii: "E"):
            Double(
                Float(bitPattern: UInt32(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: UInt32.self))))
        case UInt8(ascii: "J"):
            Double(Int32(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        case UInt8(ascii: "I"):
            Double(Int16(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: Int16.self)))
        case UInt8(ascii: "K"):
            Double(Int64(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
        default: nil
        }
    }

    /// What marks an exact zero where ZQUANTIZ is SUBTRACTIVE_DITHER_2.
    private static let exactZero = Int32.min + 2

    private func dequantise(_ lines: TileLines, _ tile: Int) -> Bool {
        guard let scale = number(layout.scale), let zero = number(layout.zero), let null = number(layout.null) else {
            return false
        }
        let values = integers(lines.count)
        let nothing = Int32(exactly: null)
        switch layout.quantisation {
        case .none: return false
        case .plain:
            lines.writeDoubles { index in
                values[index] == nothing ? .nan : Double(values[index]) * scale + zero
            }
        case .dithered(let first, let keepsZeros):
            var dither = TileDither(tile: tile, first: first)
            lines.writeDoubles { index in
                let random = dither.next()
                let value = values[index]
                if value == nothing { return .nan }
                if keepsZeros, value == Self.exactZero { return 0 }
                return (Double(value) - random + 0.5) * scale + zero
            }
        }
        return true
    }
}
