internal import Files

extension MotionStackError {
    /// What the engine could not do, as the run tells it: a full disk is room that the run lacks, all else of files failed in mid-run.
    package init(_ error: StackingError) {
        if let own = error.underlying as? MotionStackError {
            self = own
        } else if let files = error.underlying as? FilesError, files.code == .noSpace {
            self = Integration.carried(files)
        } else {
            let code: Code =
                switch error.code {
                case .unsupported: .badData
                case .unknownRule: .usage
                case .noResources: .doesNotFit
                case .file, .sink: .io
                case .interrupted: .interrupted
                }
            self.init(code, error.detail)
            frame = error.frame
        }
    }

    /// Runs what the engine does, with its errors as the run tells them.
    package static func carrying<Value>(_ body: () throws(StackingError) -> Value) throws(MotionStackError) -> Value {
        do throws(StackingError) { return try body() } catch { throw MotionStackError(error) }
    }
}

extension Cancellation {
    func check() throws(MotionStackError) {
        try MotionStackError.carrying { () throws(StackingError) in try stopIfAsked() }
    }
}

extension PixelKernels {
    /// Those that the request names; `.usage` where this processor has none of that name.
    init(asked options: StackRequest) throws(MotionStackError) {
        do throws(StackingError) { try self.init(named: options.resources.kernels) } catch {
            throw MotionStackError(.usage, error.detail)
        }
    }
}
