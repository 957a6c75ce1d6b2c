internal import FITS

extension MotionStackError {
    /// What keeps a file from being read, where that file is what the whole command is about.
    init(reading error: FITSError) {
        let code: Code =
            switch error.code {
            case .missing where error.operation != "read": .noInput
            case .notPermitted, .notRegularFile: .noInput
            case .io: .io
            case .noSpace: .doesNotFit
            default: .badData
            }
        self.init(code, error.description)
    }

    /// Does what reads such a file.
    static func reading<Value>(_ body: () throws(FITSError) -> Value) throws(MotionStackError) -> Value {
        do throws(FITSError) { return try body() } catch { throw MotionStackError(reading: error) }
    }
}
