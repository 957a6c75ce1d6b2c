internal import FITS

/// The samples of an image, all planes, block after block through two small buffers.
struct PixelStream: ~Copyable {
    let layout: ImageLayout
    let count: Int64
    private let file: FITSFile
    private let offset: Int64
    private let cancellation: Cancellation
    private let raw: UnsafeMutableRawBufferPointer
    private let decoded: UnsafeMutableBufferPointer<Double>
    private static let blockPixels = 32_768

    /// - Parameter plane: 0-based; nil for all.
    init(_ file: FITSFile, _ layout: ImageLayout, plane: Int?, cancellation: Cancellation) {
        self.file = file
        self.layout = layout
        self.cancellation = cancellation
        let perPlane = Int64(layout.width) * Int64(layout.height)
        count = plane == nil ? perPlane * Int64(layout.planes) : perPlane
        offset = layout.offset(row: 0, column: 0, plane: plane ?? 0)
        raw = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockPixels * layout.bytesPerPixel, alignment: 64)
        decoded = UnsafeMutableBufferPointer<Double>.allocate(capacity: Self.blockPixels)
    }

    deinit {
        raw.deallocate()
        decoded.deallocate()
    }

    /// Raw samples as in the file. Throws `.truncated` where the file has become shorter; stops early when cancelled.
    func forEachBlock(_ body: (UnsafeRawBufferPointer) -> Void) throws(FITSError) {
        let bytes = layout.bytesPerPixel
        var done: Int64 = 0
        while done < count, !cancellation.isCancelled {
            let pixels = Int(min(Int64(Self.blockPixels), count - done))
            let target = UnsafeMutableRawBufferPointer(rebasing: raw[..<(pixels * bytes)])
            let got = try file.read(into: target, at: offset + done * Int64(bytes))
            guard got == target.count else {
                throw FITSError(.truncated, "read", path: file.path, "the file has become shorter while it was read")
            }
            body(UnsafeRawBufferPointer(target))
            done += Int64(pixels)
        }
    }

    /// Physical values, NaN for no data.
    func forEachDecodedBlock(_ body: (UnsafeBufferPointer<Double>) -> Void) throws(FITSError) {
        let bytes = layout.bytesPerPixel
        try forEachBlock { block in
            let values = UnsafeMutableBufferPointer(rebasing: decoded[..<(block.count / bytes)])
            layout.decode(block, into: values)
            body(UnsafeBufferPointer(values))
        }
    }
}
