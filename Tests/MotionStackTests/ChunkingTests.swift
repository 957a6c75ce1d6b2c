import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// The classic rules of chunked processing, in the result and in the cards.
@Suite(.serialized)
struct ChunkingTests {
    @Test(
        arguments: [
            (9, 10, nil, false, false, 1), (25, 10, nil, false, true, 3), (4, 10, nil, true, true, 1),
            (25, 10, false, false, false, 1),
            (12, 5, true, false, true, 3), (10, 10, nil, false, false, 1), (11, 10, nil, false, true, 2),
        ] as [(Int, Int, Bool?, Bool, Bool, Int)])
    func rules(_ count: Int, _ size: Int, _ enabled: Bool?, _ forced: Bool, _ chunked: Bool, _ chunks: Int) async throws
    {
        let folder = try TestFolder()
        let product = try TestFolder()
        let truth = try Sequences.moving(count: count, width: 24, height: 20).write(to: folder.path)
        let result = try await integrateStandard(
            files: truth.paths, output: product.file("out.fits"), memoryLimit: .gigabytes(1), chunkSize: size,
            chunkedEnabled: enabled,
            forceChunked: forced)
        #expect(result.meta["CHUNKED_PROCESSING"] == .logical(chunked))
        #expect(result.meta["TOTAL_CHUNKS"] == .integer(Int64(chunks)))
        #expect(result.meta["MOTION_TRACKED"] == .logical(false))
        let header = try ReadFITS(product.file("out.fits")).primary.header
        #expect(header.logical("CHUNKED_PROCESSING") == chunked)
        #expect(header.integer("TOTAL_CHUNKS") == chunks)
        #expect(header.integer("NCOMBINE") == count)
    }

    @Test func settingsAreTheDefaultAndCallsOverrideThem() async throws {
        let folder = try TestFolder()
        let product = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 24, height: 20).write(to: folder.path)
        let before = IntegrationSettings.shared
        defer { IntegrationSettings.shared = before }
        IntegrationSettings.shared.chunkSize = 4
        let byDefault = try await integrateStandard(files: truth.paths, output: product.file("a.fits"))
        #expect(byDefault.meta["TOTAL_CHUNKS"] == .integer(2))
        let byCall = try await integrateStandard(files: truth.paths, output: product.file("b.fits"), chunkSize: 3)
        #expect(byCall.meta["TOTAL_CHUNKS"] == .integer(2))
        IntegrationSettings.shared.chunkedEnabled = false
        let disabled = try await integrateStandard(files: truth.paths, output: product.file("c.fits"))
        #expect(disabled.meta["CHUNKED_PROCESSING"] == .logical(false))
        let enabled = try await integrateStandard(
            files: truth.paths, output: product.file("d.fits"), chunkedEnabled: true)
        #expect(enabled.meta["CHUNKED_PROCESSING"] == .logical(true))
    }

    @Test func movingResultHasTheClassicNames() async throws {
        let folder = try TestFolder()
        let product = try TestFolder()
        let truth = try Sequences.moving(count: 6).write(to: folder.path)
        let table = try #require(truth.ephemerides.first)
        let result = try await integrateWithMotionTracking(
            files: truth.paths, objectName: "2025 BC",
            motion: .table(path: table.hasPrefix("/") ? table : "\(folder.path)/\(table)"),
            output: product.file("moving.fits"), memoryLimit: .gigabytes(1), chunkSize: 5, forceChunked: true)
        #expect(result.meta["MOTION_TRACKED"] == .logical(true))
        #expect(result.meta["TRACKED_OBJECT"] == .text("2025 BC"))
        #expect(result.meta["TOTAL_CHUNKS"] == .integer(2))
        #expect(result.meta["COMBINED"] == .logical(true))
        #expect(result.paths.first == product.file("moving.fits"))
        let header = try ReadFITS(product.file("moving.fits")).primary.header
        #expect(header.string("TRACKED_OBJECT") == "2025 BC")
        #expect(header.string("REFERENCE_TIME") == result.meta["REFERENCE_TIME"]?.string)
    }

    @Test func noSourceOfMotionIsAnError() async throws {
        await #expect(throws: MotionStackError.self) {
            _ = try await integrateWithMotionTracking(files: ["/nowhere.fits"], objectName: "2025 BC")
        }
    }
}
