import Foundation
import TestSupport
import Testing

/// `report` and `--report`: a page that is whole, well-formed, and needs nothing else.
@Suite struct ReportCommandTests {
    private static let void: Set<String> = ["meta", "link", "img", "br"]

    /// Checks that elements are closed in their order, attributes quoted, and nothing is fetched or run; gives the pictures.
    private func check(_ page: String) throws -> [ReadPNG] {
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">") && page.hasSuffix("</html>\n"))
        #expect(page.utf8.count < 3_000_000)
        for text in ["http:", "https:", "<script", "javascript:", "url(", "@import", "<iframe", "onload", "onerror"] {
            #expect(!page.lowercased().contains(text), "\(text)")
        }
        var open: [String] = []
        var pictures: [ReadPNG] = []
        let folder = try TestFolder()
        var rest = page.dropFirst("<!DOCTYPE html>".count)
        while let start = rest.firstIndex(of: "<") {
            let stop = try #require(rest[start...].firstIndex(of: ">"))
            let tag = rest[rest.index(after: start)..<stop]
            rest = rest[rest.index(after: stop)...]
            if tag.hasPrefix("/") {
                #expect(open.popLast() == String(tag.dropFirst()), "</\(tag.dropFirst())>")
                continue
            }
            let name = String(tag.prefix { $0.isLetter || $0.isNumber })
            #expect(!name.isEmpty && tag.count { $0 == "\"" } % 2 == 0, "<\(tag.prefix(80))>")
            if name == "style" { rest = rest[try #require(rest.range(of: "</style>")).lowerBound...] }
            if !Self.void.contains(name), !tag.hasSuffix("/") { open.append(name) }
            guard name == "img" else { continue }
            #expect(tag.contains(" alt=\"") && !tag.contains("alt=\"\""))
            let from = try #require(tag.range(of: "src=\"data:image/png;base64,")).upperBound
            let data = try #require(Data(base64Encoded: String(tag[from...].prefix { $0 != "\"" })))
            let path = folder.file("\(pictures.count).png")
            try data.write(to: URL(fileURLWithPath: path))
            pictures.append(try ReadPNG(path))
        }
        #expect(open.isEmpty, "\(open)")
        return pictures
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// All that a run knows: pictures of the object in the stack, in a frame and without tracking, of the whole and of the maps; what was left out;
    /// the command; what the header says in letters that a browser would take for more.
    @Test func ofARun() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        var sequence = Night.sequence(count: 9, size: 120)
        sequence.object = "<b>\"P/1'&amp;"
        sequence.faults = [3: .garbage, 5: .noTime]
        let truth = try sequence.write(to: frames.path)
        let run = try Command.run(
            ["--object", "<b>\"P/1'&amp;"] + Night.motion.dropLast() + [
                "60.5,60.5", "--maps", "count", "-o", "a.fits", "--report", "a.html",
            ]
                + truth.paths, in: folder.path)
        #expect(run.status == 0 && run.lines == ["a.fits"], "\(run.errorText)")
        #expect(run.errorText.contains("a.html: a page about it"))
        let page = try text(folder.file("a.html"))
        let pictures = try check(page)
        #expect(pictures.map(\.width) == [400, 400, 400, 360, 120])
        #expect(page.contains("<h1>&lt;b&gt;&quot;P/1&#39;&amp;amp;</h1>"))
        let lead = page.split(separator: "\n").first { $0.hasPrefix("<p class=\"lead\">") } ?? ""
        #expect(
            lead.contains("<strong>7</strong> of 9 frames") && lead.contains("<strong>2</strong> were left out"),
            "\(lead)")
        #expect(page.contains("frame_0004.fits") && page.contains("frame_0006.fits"))
        #expect(
            page.contains("motion-stack --object &#39;&lt;b&gt;&quot;P/1&#39;\\&#39;&#39;&amp;amp;&#39; --rate 0.5"))
        #expect(
            page.contains("aria-label=\"Shift, pixels: from") && page.contains("peak "))
        #expect(page.components(separatedBy: "<tr><td>").count == 8)
        // From the product alone, and when the frames are gone.
        let again = try Command.run(["report", "a.fits", "-o", "b.html"], in: folder.path)
        #expect(again.status == 0 && again.outputText == "b.html\n", "\(again.errorText)")
        #expect(try check(try text(folder.file("b.html"))).count == 5)
        for path in truth.paths { try FileManager.default.removeItem(atPath: path) }
        let alone = try Command.run(["report", "a.fits"], in: folder.path)
        #expect(alone.status == 0 && alone.outputText == "a.html\n" || alone.status == 73)
        #expect(alone.status == 73 && alone.errorText.contains("--overwrite"))
        let over = try Command.run(["report", "a.fits", "--overwrite"], in: folder.path)
        #expect(over.status == 0, "\(over.errorText)")
        #expect(try check(try text(folder.file("a.html"))).count == 3)
        #expect(folder.names.sorted() == ["a.fits", "a.html", "b.html"])
    }

    /// A standing stack has no object; one of frames without times or plate solutions has less to show.
    @Test func standing() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        var sequence = Night.sequence(count: 3, size: 40)
        sequence.worldForm = .none
        sequence.timeForm = .none
        let truth = try sequence.write(to: frames.path)
        let run = try Command.run(["--standard", "-o", "a.fits", "--report", "a.html"] + truth.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let page = try text(folder.file("a.html"))
        #expect(try check(page).count == 1)
        #expect(page.contains("Stack of <strong>3</strong> of 3 frames") && !page.contains("Left out"))
    }

    @Test func errors() throws {
        let folder = try TestFolder()
        let frame = try Night.small.paths[0]
        for (words, status, part) in [
            (["report", "missing.fits"], 66, "missing.fits"), (["report", frame], 65, "no table FRAMES"),
            (["report", frame, "-o", frame, "--overwrite"], 65, "no table FRAMES"),
            (["--standard", "-o", "a.fits", "--report", "a.fits", frame, frame], 64, "something else"),
            (["--standard", "-o", "a.fits", "--report", "no/a.html", frame], 73, "no/a.html"),
            (["--standard", "-o", "a.fits", "--report", "a.html", "--plain", frame], 64, "--plain"),
            (["--standard", "-o", "a.fits", "--report", frame, "--overwrite", frame], 73, "is an input"),
        ] {
            let run = try Command.run(words, in: folder.path)
            #expect(
                run.status == Int32(status) && run.errorText.contains(part), "\(words): \(run.status) \(run.errorText)")
            #expect(folder.names.isEmpty)
        }
    }
}
