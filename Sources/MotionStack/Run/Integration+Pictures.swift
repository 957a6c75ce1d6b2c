internal import Files

/// Pictures of the products.
extension Integration {
    func pictureCheck(_ inputs: [String]) -> OutputCheck {
        var own = options
        // A picture takes no place of an earlier stack either.
        own.input.allowsStacks = true
        return OutputCheck(options: own, files: files, inputs: inputs, option: "--preview")
    }

    /// The pictures' paths, in the order of the products, which may be taken.
    func makeWayForPictures(
        _ run: RunPlan, _ inputs: [String], products: [String]
    ) throws(MotionStackError) -> [String] {
        let pictures = try ProductPath.pictures(options, run) ?? []
        if let both = pictures.first(where: products.contains) {
            throw MotionStackError(.usage, "\(both): --preview and --output name the same file")
        }
        guard pictures.isEmpty || !products.isEmpty else {
            throw MotionStackError(.usage, "a picture is made of a product, and none is written: leave --preview out")
        }
        try pictureCheck(inputs).check(pictures)
        return pictures
    }

    /// Made when the products are in their places.
    func makePictures(
        of products: [String], _ pictures: [String], _ narrator: Narrator
    ) throws(MotionStackError) {
        for (product, picture) in zip(products, pictures) {
            var own = PreviewOptions()
            own.overwrite = options.outputs.overwrite
            do throws(MotionStackError) {
                let made = try Preview(own, files: files, cancellation: cancellation).write(product, to: picture)
                narrator.say("\(picture): \(made.width) x \(made.height), zoom \(made.zoom.text)")
            } catch {
                var error = error
                // What failed is no input of the run.
                if [.badData, .noInput].contains(error.code) { error.code = .io }
                error.message += "; the products are written"
                throw error
            }
        }
    }
}
