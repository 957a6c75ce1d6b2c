public enum MotionStackVersion { public static let current = "0.1.0" }
