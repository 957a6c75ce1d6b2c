internal import CSEP
internal import Synchronization

/// SEP's extraction: connected pixels over a threshold.
///
/// SEP 1.2 keeps what it works with in the thread, but for the size of its pixel stack, which is one number for the whole process: it is set
/// and used under a lock. Objects are not divided by SEP: its levels take 32 copies of an object's pixels, without bound for a nebula, and a
/// random number decides where pixels go. Maxima are found by `StarDetector` instead.
enum Extraction {
    private static let turn = Mutex(())

    /// Calls `body` with the index of each pixel of each object of at least 5 pixels.
    ///
    /// - Parameters:
    ///   - values: rows of `width`, all finite; they are smoothed by 3 x 3 pixels before they are held against the threshold.
    ///   - pixelStack: pixels over the threshold that may be in hand at a time, and at most in all; more throws `.noSky`.
    static func objects(
        _ values: UnsafePointer<Float>, width: Int, height: Int, threshold: Float, pixelStack: Int,
        _ body: (Int) -> Void
    ) throws(StarsError) {
        // What SEP keeps of finished objects has no limit of its own.
        guard (0..<width * height).count(where: { values[$0] > threshold }) < pixelStack else {
            throw StarsError(.noSky, "extract", "a quarter of the pixels is brighter than the sky")
        }
        let kernel: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1]
        var image = sep_image.plain(values, width: width, height: height)
        var found: UnsafeMutablePointer<sep_catalog>?
        let status = turn.withLock { _ in
            let before = sep_get_extract_pixstack()
            defer { sep_set_extract_pixstack(before) }
            sep_set_extract_pixstack(pixelStack)
            return sep_extract(
                &image, threshold, SEP_THRESH_ABS, 5, kernel, 3, 3, SEP_FILTER_CONV, 1, 1, 0, 1, &found)
        }
        try StarsError.check(status, "extract")
        guard let found else { throw StarsError(.noMemory, "extract", "no result") }
        defer { sep_catalog_free(found) }
        let catalogue = found.pointee
        for object in 0..<Int(catalogue.nobj) {
            guard let pixels = catalogue.pix[object] else { continue }
            for index in 0..<Int(catalogue.npix[object]) { body(Int(pixels[index])) }
        }
    }
}
