internal import Files

/// Numbers of frames that no pixels tell: exposures, cards, a file of the user's.
extension Levels {
    /// By place in what was given; empty where nothing but pixels tells.
    static func numbers(
        _ choice: Normalisation, isScale: Bool, _ frames: [Frame], _ files: any FileSystem
    ) throws(MotionStackError) -> [Int: Double] {
        var numbers: [Int: Double] = [:]
        switch choice {
        case .exposure:
            for frame in frames {
                guard let exposure = frame.exposureSeconds, exposure > 0 else {
                    throw MotionStackError(
                        .badData, "\(frame.path): has no exposure for --scale exposure; give --exposure SECONDS")
                }
                numbers[frame.givenIndex] = exposure
            }
        case .stars:
            // What counts where their light tells nothing.
            for frame in frames {
                if let exposure = frame.exposureSeconds, exposure > 0 { numbers[frame.givenIndex] = exposure }
            }
        case .keyword, .level:
            for frame in frames {
                guard let value = isScale ? frame.scaleCard : frame.zeroCard, value.isFinite, !isScale || value > 0
                else {
                    throw MotionStackError(
                        .badData,
                        "\(frame.path): has no \(isScale ? "positive " : "")number in \(choice.card ?? "") for \(isScale ? "--scale" : "--zero") \(choice.name)"
                    )
                }
                numbers[frame.givenIndex] = value
            }
        case .file(let path):
            numbers = try Self.numbers(path, frames, files)
            if isScale, let frame = frames.first(where: { (numbers[$0.givenIndex] ?? 1) <= 0 }) {
                throw MotionStackError(
                    .badData,
                    "\(path): the factor of \(frame.path) is \(numbers[frame.givenIndex] ?? 0): no positive number")
            }
        default: break
        }
        return numbers
    }

    /// What frames count for, where no pixels tell it; above 0.
    static func weights(
        _ choice: Weighting, _ frames: [Frame], _ files: any FileSystem
    ) throws(MotionStackError) -> [Int: Double] {
        var weights: [Int: Double] = [:]
        func take(_ frame: Frame, _ value: Double?, _ lacking: String) throws(MotionStackError) {
            guard let value, value.isFinite, value > 0 else {
                throw MotionStackError(.badData, "\(frame.path): \(lacking)")
            }
            weights[frame.givenIndex] = value
        }
        switch choice {
        case .exposure:
            for frame in frames {
                try take(
                    frame, frame.exposureSeconds, "has no exposure for --weight exposure; give --exposure SECONDS")
            }
        case .keyword(let name):
            for frame in frames {
                try take(frame, frame.weightCard, "has no positive number in \(name) for --weight \(choice.name)")
            }
        case .file(let path):
            let numbers = try Self.numbers(path, frames, files)
            for frame in frames {
                try take(frame, numbers[frame.givenIndex], "its weight in \(path) is no positive number")
            }
        case .none, .auto, .noise, .snr: break
        }
        return weights
    }

    /// A number a line in the order given, or `name number` lines.
    private static func numbers(
        _ path: String, _ frames: [Frame], _ files: any FileSystem
    ) throws(MotionStackError) -> [Int: Double] {
        guard let text = try Self.text(path, files) else {
            throw MotionStackError(.noInput, "\(path): cannot be read")
        }
        var byName: [String: Double] = [:]
        var inOrder: [Double] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "," })
            guard let last = words.last, !words[0].hasPrefix("#") else { continue }
            guard let value = Double(last), value.isFinite, words.count <= 2 else {
                throw MotionStackError(.badData, "\(path), line \(number + 1): not `number` or `name number`: \(line)")
            }
            if words.count == 2 { byName[String(words[0])] = value } else { inOrder.append(value) }
        }
        var numbers: [Int: Double] = [:]
        for frame in frames {
            guard
                let value = byName[frame.path] ?? byName[frame.name]
                    ?? (frame.givenIndex < inOrder.count ? inOrder[frame.givenIndex] : nil)
            else { throw MotionStackError(.badData, "\(path): has no number for \(frame.path)") }
            numbers[frame.givenIndex] = value
        }
        return numbers
    }

    /// A whole text file of at most 16 MB; nil where it cannot be read.
    private static func text(_ path: String, _ files: any FileSystem) throws(MotionStackError) -> String? {
        guard let descriptor = try? files.openForReading(path) else { return nil }
        defer { files.close(descriptor) }
        guard let size = try? files.identity(of: descriptor, path: path).size else { return nil }
        guard size <= 16 << 20 else {
            throw MotionStackError(.badData, "\(path): \(ByteCount(size)) are too many for a list of numbers")
        }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        let got = bytes.withUnsafeMutableBytes { try? files.read(descriptor, into: $0, at: 0, path: path) }
        guard got == bytes.count else { return nil }
        return PathText.text(bytes)
    }
}
