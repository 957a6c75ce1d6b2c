internal import Files
internal import Glibc

/// A service's reply as it came, kept beside the product that was made with it: STEM.horizons.txt or STEM.neofixer.json.
package struct ReplyCopy {
    /// Of whom the reply is.
    let object: String
    package let source: String
    package let path: String

    /// For a product at `product`.
    package init(_ reply: ServiceRecord.Reply, beside product: String) {
        var stem = product[...]
        for suffix in [".fits", ".fit", ".fts"] where product.lowercased().hasSuffix(suffix) {
            stem = product.dropLast(suffix.utf8.count)
            break
        }
        object = reply.object
        source = reply.path
        path = "\(stem).\(reply.service.rawValue)\(reply.service.ending)"
    }

    /// Throws `.cannotCreate` where another file is in the way. The same reply is not.
    package func check(overwrite: Bool) throws(MotionStackError) {
        guard !overwrite, access(path.systemPath, F_OK) == 0, !isThere else { return }
        throw MotionStackError(
            .cannotCreate,
            "\(path): exists, and the reply of the service would go there: --overwrite replaces it, -o names another product"
        )
    }

    private var isThere: Bool {
        guard let there = try? TextFile.bytes(path, in: LocalFiles()) else { return false }
        return there == (try? TextFile.bytes(source, in: LocalFiles()))
    }

    /// Throws `.cannotCreate` or `.io`; nothing half-written stays.
    package func write(overwrite: Bool) throws(MotionStackError) {
        if !overwrite, isThere { return }
        let bytes: [UInt8]
        do throws(FilesError) { bytes = try TextFile.bytes(source, in: LocalFiles()) } catch {
            throw MotionStackError(.io, "\(source): the reply cannot be read: \(error.detail)")
        }
        do throws(FilesError) { try NewFile.write(bytes, to: path, replacing: overwrite, in: LocalFiles()) } catch {
            throw MotionStackError(
                error.code == .io || error.code == .noSpace ? .io : .cannotCreate,
                "\(path): the reply cannot be kept there: \(error.detail); it is in \(source)")
        }
    }
}
