internal import Sky

/// The newest orbit of a near-Earth object or of a candidate on the NEO confirmation page.
///
/// API documentation: https://neofixer.arizona.edu/api-info
struct NEOfixerRequest {
    static let address = "https://neofixerapi.arizona.edu"
    let object: String

    /// The service knows packed designations and temporary ids.
    init(object: String) throws(FetchError) {
        guard let designation = Designation(parsing: object) else { throw .usage("the object's name is missing") }
        let name = designation.packed ?? designation.description
        guard name.utf8.count <= 12, name.utf8.allSatisfy({ Self.isPlain($0) }) else {
            throw FetchError(
                code: 69, message: "NEOfixer knows designations and temporary ids, not names like '\(object)'")
        }
        self.object = name
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
            || byte == 0x7E
    }

    func url(base: String) throws(FetchError) -> String {
        var url = try QueryURL(base: base.hasSuffix("/") ? base + "orbit/" : base + "/orbit/")
        url.add("object", object)
        return url.text
    }
}
