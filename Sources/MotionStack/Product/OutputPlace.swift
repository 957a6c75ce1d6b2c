internal import Files

/// Files that are written about a product, beside products themselves.
package enum OutputPlace {
    /// Whether a file can be written there: told before work starts. Inputs are never written over.
    package static func check(
        _ path: String, option: String, overwrite: Bool, inputs: [String]
    ) throws(MotionStackError) {
        var options = IntegrationOptions()
        options.outputs.overwrite = overwrite
        // None of them is an earlier stack that may go.
        options.input.allowsStacks = true
        try OutputCheck(options: options, files: LocalFiles(), inputs: inputs, option: option).check([path])
    }

    /// Writes it whole or not at all.
    package static func write(_ bytes: [UInt8], to path: String, replacing: Bool) throws(MotionStackError) {
        do throws(FilesError) {
            try NewFile.write(bytes, to: path, replacing: replacing, in: LocalFiles())
        } catch { throw Integration.carried(error) }
    }
}
