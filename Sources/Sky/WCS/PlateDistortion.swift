/// Which distortion a header describes.
struct PlateDistortion {
    var sip: SIPDistortion?
    var tpv: TPVDistortion?
    var name: String?
    var warnings: [String] = []

    init(cards: PlateCards, axes: SkyAxes) {
        let longitude = axes.longitudeAxis
        let latitude = 1 - longitude
        if !cards.sipOrders.isEmpty {
            for letter in ["A", "B"] where cards.sipOrders[letter] == nil {
                warnings.append("\(letter)_ORDER is missing: \(letter) is taken as 0")
            }
            let found = SIPDistortion(
                orderA: cards.sipOrders["A"] ?? 0, a: cards.sip["A"] ?? [:], orderB: cards.sipOrders["B"] ?? 0,
                b: cards.sip["B"] ?? [:])
            sip = found
            name = "SIP order \(found.order)"
            if axes.projection == "TAN", !(cards.pv[0].isEmpty && cards.pv[1].isEmpty) {
                warnings.append("PV terms beside SIP are not used")
            }
            if !axes.hasSIPSuffix { warnings.append("SIP terms without -SIP in CTYPE: they are applied") }
        } else if axes.hasSIPSuffix {
            warnings.append("CTYPE says SIP but there are no SIP terms")
        }
        let terms = [cards.pv[longitude], cards.pv[latitude]]
        let isSCAMP =
            axes.projection == "TAN" && sip == nil && (!terms[1].isEmpty || terms[0].keys.contains { $0 > 4 })
        if axes.projection == "TPV" || isSCAMP, !terms[0].isEmpty || !terms[1].isEmpty {
            let found = TPVDistortion(longitude: terms[0], latitude: terms[1])
            tpv = found
            name = [name, "TPV order \(found.order)"].compactMap { $0 }.joined(separator: ", ")
        }
    }
}
