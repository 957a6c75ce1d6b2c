import Foundation
import Sky

/// A header as 80-column cards, read just well enough for tests: values, comments, no CONTINUE, no HIERARCH.
struct HeaderText: HeaderValues {
    var headerKeywords: [String] = []
    var values: [String: HeaderValue] = [:]
    var comments: [String: String] = [:]

    init(_ values: KeyValuePairs<String, HeaderValue>) {
        for (keyword, value) in values { add(keyword, value, "") }
    }

    init(cards: [[UInt8]]) {
        for card in cards { parse(card) }
    }

    /// Cards of 80 bytes without line ends.
    init(bytes: [UInt8]) {
        self.init(cards: stride(from: 0, to: bytes.count, by: 80).map { Array(bytes[$0..<min($0 + 80, bytes.count)]) })
    }

    func headerValue(_ keyword: String) -> HeaderValue? { values[keyword] }
    func headerComment(_ keyword: String) -> String? { comments[keyword] }

    mutating func add(_ keyword: String, _ value: HeaderValue, _ comment: String) {
        headerKeywords.append(keyword)
        guard values[keyword] == nil else { return }
        values[keyword] = value
        comments[keyword] = comment
    }

    private mutating func parse(_ card: [UInt8]) {
        guard card.count > 10, card[8] == UInt8(ascii: "="), card[9] == UInt8(ascii: " ") else { return }
        let keyword = String(decoding: card[..<8], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        let rest = Array(card[10...])
        let start = rest.firstIndex { $0 != 0x20 } ?? rest.count
        if start < rest.count, rest[start] == UInt8(ascii: "'") {
            var text: [UInt8] = []
            var index = start + 1
            while index < rest.count {
                if rest[index] == UInt8(ascii: "'") {
                    guard index + 1 < rest.count, rest[index + 1] == UInt8(ascii: "'") else { break }
                    index += 1
                }
                text.append(rest[index])
                index += 1
            }
            let slash = rest[min(index, rest.count)...].firstIndex(of: UInt8(ascii: "/"))
            let comment = slash.map { String(decoding: rest[($0 + 1)...], as: UTF8.self) } ?? ""
            add(keyword, .string(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespaces)), comment)
            return
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count
        let text = String(decoding: rest[..<slash], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        let comment = slash < rest.count ? String(decoding: rest[(slash + 1)...], as: UTF8.self) : ""
        let number = text.replacingOccurrences(of: "D", with: "E")
        if text.isEmpty {
            add(keyword, .undefined, comment)
        } else if text == "T" || text == "F" {
            add(keyword, .logical(text == "T"), comment)
        } else if let value = Double(number) {
            add(keyword, .number(value, text: text), comment)
        } else {
            add(keyword, .string(text), comment)
        }
    }
}

/// The headers of a FITS file's units, as far as they can be followed.
func headers(inFile path: String) throws -> [HeaderText] {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    if path.hasSuffix(".gz") { data = try gunzip(path) }
    var bytes = [UInt8](data)
    // A lone header text may have line ends.
    if bytes.contains(UInt8(ascii: "\n")), !path.contains("newlines"), bytes.count % 2880 != 0 {
        let cards = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        return [HeaderText(cards: cards)]
    }
    if bytes.count % 80 != 0 { bytes += [UInt8](repeating: 0x20, count: 80 - bytes.count % 80) }
    var list: [HeaderText] = []
    var offset = 0
    while offset + 80 <= bytes.count, list.count < 64 {
        var cards: [[UInt8]] = []
        var ended = false
        while offset + 80 <= bytes.count, !ended {
            let card = Array(bytes[offset..<(offset + 80)])
            offset += 80
            ended = card.starts(with: Array("END     ".utf8))
            if !ended { cards.append(card) }
        }
        let header = HeaderText(cards: cards)
        list.append(header)
        offset = (offset + 2879) / 2880 * 2880
        func number(_ keyword: String) -> Int {
            if case .number(let value, _)? = header.headerValue(keyword), abs(value) < 1e9 { return Int(value) }
            return 0
        }
        var elements = number("NAXIS") > 0 ? 1 : 0
        for axis in 1...max(1, min(number("NAXIS"), 99)) where number("NAXIS") > 0 {
            let (product, overflow) = elements.multipliedReportingOverflow(by: max(0, number("NAXIS\(axis)")))
            if overflow || product > 1 << 40 { return list }
            elements = product
        }
        let size = (elements + max(0, number("PCOUNT"))) * abs(number("BITPIX")) / 8
        offset += (size + 2879) / 2880 * 2880
        if !ended { break }
    }
    return list
}

private func gunzip(_ path: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readData(ofLength: 4 << 20)
    try pipe.fileHandleForReading.close()
    process.terminate()
    process.waitUntilExit()
    return data
}
