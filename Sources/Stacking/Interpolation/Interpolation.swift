/// How a sample between pixels is formed: one of the kernels, by name, or `auto`, which the plan replaces by one.
///
/// Kernels are defined in docs/definitions.md. A sample whose kernel touches no data with a weight other than 0 is no data.
public struct Interpolation: Hashable, Codable, Sendable, RawRepresentable, CaseIterable {
    /// 0 is `auto`; others are places in `Interpolator.all`, from 1.
    private let number: UInt8

    private init(number: Int) { self.number = UInt8(truncatingIfNeeded: number) }

    // By the number: what a raw value gives by itself goes through the names.
    public static func == (a: Interpolation, b: Interpolation) -> Bool { a.number == b.number }
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }

    /// nil for an unknown name.
    public init?(rawValue: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = found
    }

    public var rawValue: String { number == 0 ? "auto" : interpolator.name }

    /// `auto`, then every kernel.
    public static let allCases: [Interpolation] = (0...Interpolator.all.count).map { Interpolation(number: $0) }

    public static let auto = Interpolation(number: 0)
    public static let nearest = of(.nearest)
    public static let bilinear = of(.bilinear)
    public static let bicubic = of(.bicubic)
    public static let lanczos3 = of(.lanczos3)
    public static let lanczos4 = of(.lanczos4)

    private static func of(_ interpolator: Interpolator) -> Interpolation {
        Interpolation(number: 1 + (Interpolator.all.firstIndex { $0.name == interpolator.name } ?? 0))
    }

    /// One sentence for a user.
    public var summary: String { number == 0 ? "Bilinear." : interpolator.summary }

    /// What `auto` stands for.
    package var resolved: Interpolation { number == 0 ? .bilinear : self }

    var interpolator: Interpolator { Interpolator.all[max(1, Int(number)) - 1] }
}
