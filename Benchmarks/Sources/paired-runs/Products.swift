import Glibc

/// Makes the folder, or removes the products in it.
func emptyFolder(_ path: String) {
    mkdir(path, 0o777)
    for name in products(in: path) { unlink(path + "/" + name) }
}

/// Names of the FITS files of a folder, sorted.
private func products(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(".fits") { names.append(name) }
    }
    return names.sorted()
}

/// What is not the same in the products of two folders: a file that one of them lacks, or "file[EXTNAME]" where the data
/// differ of an image that both have. Headers and tables are not looked at: they say when and by what a product was made.
func differences(_ one: String, _ other: String) -> [String] {
    let (before, after) = (products(in: one), products(in: other))
    var found = Set(before).symmetricDifference(after).map { $0 + " is missing" }
    for name in before where after.contains(name) {
        let (first, second) = (Product(one + "/" + name), Product(other + "/" + name))
        if first.images.isEmpty || second.images.isEmpty { found.append(name + " has no image") }
        for (title, image) in first.images {
            guard let match = second.images[title] else { continue }
            if !first.isEqual(image, match, of: second) { found.append("\(name)[\(title)]") }
        }
    }
    return found
}

/// The images of a FITS file. Data are read in small pieces, since the system counts this program's resident size among
/// that of the programs which it starts.
private final class Product {
    struct Image {
        /// BITPIX and the axes.
        let form: [Int]
        let offset: Int
        let size: Int
    }

    private let descriptor: Int32
    /// By EXTNAME; PRIMARY for the first where it has none.
    private(set) var images: [String: Image] = [:]

    init(_ path: String) {
        descriptor = open(path, O_RDONLY)
        var at = 0
        while let cards = header(&at) {
            func integer(_ key: String, _ absent: Int) -> Int { cards[key].flatMap { Int($0) } ?? absent }
            let axes = (0..<integer("NAXIS", 0)).map { integer("NAXIS\($0 + 1)", 0) }
            let bitpix = integer("BITPIX", 8)
            let elements = axes.isEmpty ? 0 : axes.reduce(1, *)
            let size = abs(bitpix) / 8 * integer("GCOUNT", 1) * (integer("PCOUNT", 0) + elements)
            if size > 0, cards["XTENSION"] ?? "IMAGE" == "IMAGE" {
                let title = cards["EXTNAME"] ?? (images.isEmpty ? "PRIMARY" : "\(images.count)")
                images[title] = Image(form: [bitpix] + axes, offset: at, size: size)
            }
            at += (size + 2879) / 2880 * 2880
        }
    }

    deinit { close(descriptor) }

    /// Cards of the header at `at`, which moves behind it; nil at the end of the file.
    private func header(_ at: inout Int) -> [String: String]? {
        var cards: [String: String] = [:]
        while let block = piece(at, 2880) {
            at += 2880
            for start in stride(from: 0, to: 2880, by: 80) {
                let text = String(decoding: block[start..<start + 80], as: UTF8.self)
                let key = text.prefix(8).split(separator: " ").first.map(String.init) ?? ""
                if key == "END" { return cards }
                guard text.dropFirst(8).hasPrefix("= "), cards[key] == nil else { continue }
                let quoted = text.dropFirst(10).split(separator: "'", omittingEmptySubsequences: false)
                let value = quoted.count > 1 ? quoted[1] : quoted[0].prefix { $0 != "/" }
                cards[key] = value.split(separator: " ").joined(separator: " ")
            }
        }
        return nil
    }

    /// So many bytes; nil where the file has fewer.
    private func piece(_ offset: Int, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(descriptor, &bytes, count, off_t(offset)) == count ? bytes : nil
    }

    /// Whether an image of this file has the same axes and bytes as one of another.
    func isEqual(_ image: Image, _ match: Image, of other: Product) -> Bool {
        guard image.form == match.form, image.size == match.size else { return false }
        for start in stride(from: 0, to: image.size, by: 65536) {
            let count = min(65536, image.size - start)
            guard let mine = piece(image.offset + start, count),
                let its = other.piece(match.offset + start, count), mine == its
            else { return false }
        }
        return true
    }
}
