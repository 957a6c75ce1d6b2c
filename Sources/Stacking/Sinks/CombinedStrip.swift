/// What a plane of a combined strip holds.
package enum OutputPlane: Hashable, Sendable {
    case method(Int)
    case map(StackMap)
}

/// A finished piece of one target's output: a plane for each method and map, rows one after the other, big-endian as a FITS file has them.
package struct CombinedStrip {
    /// Rows and columns of the output, 0-based.
    package var rows: Range<Int>
    package var columns: Range<Int>
    package var planes: [Plane]

    package struct Plane {
        package var plane: OutputPlane
        package var bytesPerPixel: Int
        package var bytes: UnsafeRawBufferPointer
    }

    /// The float32 values of a plane, a row at a time: the row of the output and its values in the order of the columns. The values hold
    /// until `body` returns, which may change them.
    package func forEachRow<Failure: Error>(
        of plane: Plane, _ body: (Int, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns.count)
        defer { row.deallocate() }
        var offset = 0
        for y in rows {
            for x in row.indices {
                let bits = UInt32(bigEndian: plane.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                row[x] = Float(bitPattern: bits)
                offset += 4
            }
            try body(y, row)
        }
    }
}
