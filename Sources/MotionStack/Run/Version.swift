/// The version that products and reports name.
public enum MotionStackVersion {
    public static let current = "0.1.0"
    /// What `CREATOR` says in every product; files that carry it are left out of later runs.
    public static let creator = "MotionStack \(current)"
}
