internal import CSEP

/// Why stars could not be found or measured: one error type for the module.
public struct StarsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// SEP found no memory.
        case noMemory
        /// Something that SEP refuses.
        case refused
    }

    public var code: Code
    /// What was being done: "background", "aperture".
    public var operation: String
    /// SEP's own text.
    public var detail: String

    public var description: String { "\(operation): \(detail)" }

    public init(_ code: Code, _ operation: String, _ detail: String) {
        self.code = code
        self.operation = operation
        self.detail = detail
    }

    /// Throws what a status of SEP says; 0 says that all is well.
    static func check(_ status: Int32, _ operation: String) throws(StarsError) {
        guard status != 0 else { return }
        // SEP writes at most 60 characters and a zero.
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer -> String in
            buffer.initialize(repeating: 0)
            guard let base = buffer.baseAddress else { return "" }
            sep_get_errmsg(status, base)
            return String(cString: base)
        }
        // MEMORY_ALLOC_ERROR of sepcore.h, which is not installed.
        let code: Code = status == 1 ? .noMemory : .refused
        throw StarsError(code, operation, text.isEmpty ? "status \(status)" : text)
    }
}
