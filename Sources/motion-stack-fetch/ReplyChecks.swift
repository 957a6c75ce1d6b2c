internal import Foundation

/// Whether what came is what was asked for. It is the reader's job to understand it.
enum ReplyChecks {
    static func horizons(_ text: String) throws(FetchError) {
        let plain = text.range(of: "$$SOE") != nil
        if plain, text.range(of: "$$EOE") != nil { return }
        if plain {
            throw FetchError(code: 69, message: "JPL Horizons: its table is cut short", isPassing: true)
        }
        let said = ServiceWords.of(text)
        let isHorizons = text.contains("Horizons") || text.contains("HORIZONS") || text.contains("\"error\"")
        let what = isHorizons ? "JPL Horizons has no table for that" : "JPL Horizons: what came is no reply of it"
        throw FetchError(
            code: 69, message: said.isEmpty ? "\(what): the reply is empty" : "\(what); it says: \(said)",
            isUnknownObject: text.range(of: "No matches found", options: .caseInsensitive) != nil)
    }

    static func neofixer(_ text: String) throws(FetchError) {
        let json = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
        let result = json?["result"] as? [String: Any]
        if let objects = result?["objects"] as? [String: Any], !objects.isEmpty { return }
        let said = ServiceWords.of(text)
        let what = json == nil ? "NEOfixer: what came is no reply of it" : "NEOfixer has no orbit for that"
        throw FetchError(code: 69, message: said.isEmpty ? "\(what): the reply is empty" : "\(what); it says: \(said)")
    }
}
