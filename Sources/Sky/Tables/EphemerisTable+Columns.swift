internal import Files

extension EphemerisTable {
    /// From lines of fields under a line of names: a time (UTC; TT, TDB or TAI where the name says so), a right ascension
    /// and a declination, ICRS. Decimal right ascensions are degrees, sexagesimal ones hours, unless a name or a unit says
    /// otherwise. Other columns are ignored; `#` starts a comment; commas, semicolons, tabs, bars or blanks; ECSV.
    ///
    /// A row whose place is missing ("--", "nan", empty) and a stretch that is said to be left out (">.....") are gaps: no
    /// place is interpolated over them. Throws `.badTable` with the line and what is wrong with it.
    public static func read(csv text: String, source: String) throws(SkyError) -> EphemerisTable {
        let table = try ColumnTable(text, source: source)
        do throws(SkyError) {
            return try EphemerisTable(
                rows: table.rows, source: source, digitArcsec: table.digitArcsec, gaps: table.gaps)
        } catch {
            guard table.emptyRows > 0 else { throw error }
            var error = error
            error.detail += " (\(table.emptyRows) rows without a time, right ascension or declination are left out)"
            throw error
        }
    }

    /// From a file of up to 64 MiB.
    public static func read(path: String) throws(SkyError) -> EphemerisTable {
        try read(csv: TextFile.read(path, operation: "read the ephemeris"), source: path)
    }
}
