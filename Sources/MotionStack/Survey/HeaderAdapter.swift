internal import FITS
internal import Sky

/// Carries a FITS header across to Sky, which takes cards only.
struct HeaderAdapter: HeaderValues {
    let header: Header

    func headerValue(_ keyword: String) -> HeaderValue? {
        guard let card = header[keyword] else { return nil }
        if card.isEmpty { return .undefined }
        switch card.value {
        case .string(let text): return .string(text)
        case .integer(let value): return .number(Double(value), text: String(value))
        case .real(let value, let text): return .number(value, text: text)
        case .logical(let value): return .logical(value)
        case .complex(let text), .unreadable(let text): return .string(text)
        case .undefined, .none: return .undefined
        }
    }

    func headerComment(_ keyword: String) -> String? { header[keyword]?.comment }

    var headerKeywords: [String] { header.cards.map(\.keyword) }
}
