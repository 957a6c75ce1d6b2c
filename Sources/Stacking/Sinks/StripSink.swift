/// Takes the finished strips of one target: a product file, an image kept in memory, a cut-out that is measured.
///
/// Strips come in any order, on the calling thread, and each pixel of the output exactly once. A sink that needs the rows in their order reads
/// back what it has kept. What it holds during the run must be counted in the ledger before the run begins.
package protocol StripSink: AnyObject {
    /// The strip's bytes hold until the call returns.
    func take(_ strip: CombinedStrip) throws(StackingError)
}
