/// The folders of ../shared/testdata/reports: cases from public bug reports, each with its right value in a README.
public enum Reports {
    /// A folder's path; nil (with a line printed) where it is absent.
    public static func folder(_ name: String) -> String? { TestPlaces.data("reports/" + name) }
}
