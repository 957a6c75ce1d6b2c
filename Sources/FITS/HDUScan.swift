/// How far to read into a file's headers.
public enum Scan: Sendable, Hashable {
    /// All HDUs.
    case all
    /// Up to the selected HDU: no read goes beyond its header.
    case until(HDUSelection)
}

/// Walks from header to header. Bounded in time and memory, whatever the file says.
struct HDUScan {
    /// Above these a file is not a picture but an attack or an accident.
    static let mostCardsOfHeader = 65_536
    static let mostHeaderBytes = 8 << 20
    static let mostHDUs = 4096

    let region: FileRegion
    private(set) var hdus: [HDU] = []
    private(set) var warnings: [String] = []
    private var headerBytes = 0

    init(_ region: FileRegion) {
        self.region = region
    }

    /// Reads the primary header, then the others as far as they can be read. What is wrong with the primary header
    /// throws; later faults end the walk with a warning.
    mutating func run(_ scan: Scan) throws(FITSError) {
        var offset: Int64 = 0
        while true {
            let isPrimary = hdus.isEmpty
            if !isPrimary, try isAtEnd(offset) { return }
            let records: [UInt8]
            do throws(FITSError) {
                records = try readHeader(at: offset)
            } catch {
                if isPrimary || error.code == .io { throw error }
                warnings.append("HDU \(hdus.count) is not read: \(error.detail)")
                return
            }
            let header = Header(records: records)
            if isPrimary { try checkPrimary(header) }
            let dataOffset =
                offset + Int64((records.count + Header.blockBytes - 1) / Header.blockBytes * Header.blockBytes)
            let (hdu, remarks) = HDU.read(
                header, index: hdus.count, headerOffset: offset, dataOffset: dataOffset,
                available: max(0, region.length - dataOffset))
            hdus.append(hdu)
            warnings += remarks.map { isPrimary ? $0 : "HDU \(hdu.index): \($0)" }
            if let problem = hdu.problem, hdu.dataBytes > region.length - dataOffset || hdu.problemCode == .badHeader {
                // Where its data end is not known, so neither is where the next header begins.
                warnings.append("HDU \(hdu.index): \(problem)")
                return
            }
            if case .until(let selection) = scan, Self.find(selection, in: hdus) != nil { return }
            let (padded, overflow) = hdu.dataBytes.addingReportingOverflow(Int64(Header.blockBytes - 1))
            guard !overflow else { return }
            offset = dataOffset + padded / Int64(Header.blockBytes) * Int64(Header.blockBytes)
        }
    }

    /// The HDU that a selection means for certain: the fall-back of `.firstImage` needs the whole file.
    static func find(_ selection: HDUSelection, in hdus: [HDU]) -> HDU? {
        switch selection {
        case .firstImage: return hdus.first(where: \.isPicture)
        case .index(let index): return hdus.indices.contains(index) ? hdus[index] : nil
        case .named(let text):
            let wanted = text.uppercased()
            if let exact = hdus.first(where: { $0.name?.uppercased() == wanted }) { return exact }
            guard let comma = wanted.lastIndex(of: ","), let version = Int(wanted[wanted.index(after: comma)...]) else {
                return nil
            }
            let name = String(wanted[..<comma])
            return hdus.first { $0.name?.uppercased() == name && $0.version == version }
        }
    }

    private mutating func isAtEnd(_ offset: Int64) throws(FITSError) -> Bool {
        guard offset < region.length else {
            if offset > region.length { warnings.append("the last block is not padded to 2880 bytes") }
            return true
        }
        let start = try region.bytes(at: offset, count: 8)
        if start.elementsEqual("XTENSION".utf8) {
            if hdus.count < Self.mostHDUs { return false }
            warnings.append("more than \(Self.mostHDUs) HDUs: the rest is not looked at")
        } else {
            warnings.append("\(region.length - offset) bytes after the last HDU are ignored")
        }
        return true
    }

    /// The records of the header at `offset`, END included.
    private mutating func readHeader(at offset: Int64) throws(FITSError) -> [UInt8] {
        var records: [UInt8] = []
        var checked = 0
        while true {
            let block = try region.bytes(at: offset + Int64(records.count), count: Header.blockBytes * 2)
            records += block
            while checked + Card.recordBytes <= records.count {
                let record = records[checked..<checked + Card.recordBytes]
                if checked == 0, hdus.isEmpty { try checkStart(record) }
                checked += Card.recordBytes
                if Header.isEnd(record) {
                    records.removeLast(records.count - checked)
                    headerBytes += records.count
                    return records
                }
            }
            if block.count < Header.blockBytes * 2 {
                if records.isEmpty { throw region.error(.truncated, "the file is empty") }
                if checked == 0, hdus.isEmpty { try checkStart(records[...]) }
                throw region.error(.truncated, "the header has no END card: the file ends first")
            }
            if records.count > Self.mostCardsOfHeader * Card.recordBytes {
                throw region.error(.badHeader, "no END among the first \(Self.mostCardsOfHeader) header cards")
            }
            if headerBytes + records.count > Self.mostHeaderBytes {
                throw region.error(.unsupported, "the headers take more than \(Self.mostHeaderBytes >> 20) MiB")
            }
        }
    }

    /// Refuses what does not begin as FITS, before more of it is read.
    private func checkStart(_ record: ArraySlice<UInt8>) throws(FITSError) {
        let start = RecordReading(record)
        if start.keyword == "SIMPLE", start.value != .none { return }
        if start.keyword == "XTENSION" {
            throw region.error(.notFITS, "it begins with an extension; the primary header is missing")
        }
        throw region.error(.notFITS, "not a FITS file: \(Signature.description(of: Array(record)))")
    }

    private func checkPrimary(_ header: Header) throws(FITSError) {
        switch header.cards.first?.value {
        case .logical(true)?: return
        case .logical(false)?:
            throw region.error(.unsupported, "SIMPLE = F: the file itself says that it does not follow the FITS rules")
        default:
            throw region.error(.badHeader, "the first card, SIMPLE, is not T")
        }
    }
}
