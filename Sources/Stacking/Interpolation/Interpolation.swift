/// How a sample between pixels is formed.
public enum Interpolation: String, Codable, Sendable, CaseIterable { case auto, nearest, bilinear }
