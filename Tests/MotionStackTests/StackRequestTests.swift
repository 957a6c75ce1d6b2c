import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

@Suite struct StackRequestTests {
    /// Every property, by its path, as text.
    private func leaves(_ value: Any, _ path: String = "") -> [String: String] {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .struct, value is StackRequest || path.split(separator: ".").count < 2 else {
            return [path: "\(value)"]
        }
        var found: [String: String] = [:]
        for child in mirror.children {
            found.merge(leaves(child.value, path + "." + (child.label ?? "?"))) { first, _ in first }
        }
        return found
    }

    @Test func everyRequestReadsBackAsItself() throws {
        let plain = leaves(StackRequest(settings: IntegrationSettings()))
        var unmoved = Set(plain.keys)
        for seed in UInt64(0)..<400 {
            var random = RandomRequest(seed: seed)
            let request = random.request()
            let text = try JSONEncoder().encode(request)
            #expect(try JSONDecoder().decode(StackRequest.self, from: text) == request, "seed \(seed)")
            // Our own writer and reader, and each with the other's text.
            let line = try JSONEncoding.line(request)
            #expect(try JSONDecoding.value(StackRequest.self, of: line) == request, "seed \(seed)")
            #expect(try JSONDecoding.value(StackRequest.self, of: Array(text)) == request, "seed \(seed)")
            #expect(try JSONDecoder().decode(StackRequest.self, from: Data(line)) == request, "seed \(seed)")
            for (path, value) in leaves(request) where value != plain[path] { unmoved.remove(path) }
        }
        // A property that no seed moves would be one that this test does not look at.
        #expect(unmoved.isEmpty && plain.count > 40, "\(unmoved)")
    }

    /// The text stands in HISTORY and in saved plans, which are the same for the same run.
    @Test func valuesOfARuleAreWrittenInItsOrder() throws {
        for rule in RejectionRule.all {
            let text = String(decoding: try JSONEncoding.line(Rejection(rule.name)), as: UTF8.self)
            let places = rule.parameters.map { text.firstRange(of: "\"\($0.key)\":")?.lowerBound }
            #expect(!places.contains(nil), "\(text)")
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(text)")
        }
    }

    @Test func defaultsOfTheProcessAreTakenWhenARequestIsMade() {
        let settings = IntegrationSettings(
            memoryLimit: .megabytes(321), chunkSize: 7, chunkedEnabled: false, sigmaLow: 5.5, sigmaHigh: 2.5)
        let request = StackRequest(settings: settings)
        #expect(request.resources.memoryLimit == .megabytes(321) && request.resources.chunkSize == 7)
        #expect(!request.resources.chunkedEnabled)
        #expect(request.rejection == .sigma(low: 5.5, high: 2.5))
    }

    @Test func valuesOutOfRangeAreRefused() throws {
        func refuses(_ change: (inout StackRequest) -> Void) -> Bool {
            var request = StackRequest(settings: IntegrationSettings())
            change(&request)
            do throws(MotionStackError) { try request.check() } catch { return error.code == .usage }
            return false
        }
        #expect(!refuses { _ in })
        #expect(refuses { $0.input.minimumUsedPercent = 100.5 })
        #expect(refuses { $0.input.minimumUsedPercent = .nan })
        #expect(refuses { $0.input.timeRules.exposureSeconds = -1 })
        #expect(refuses { ($0.input.lowThreshold, $0.input.highThreshold) = (2, 1) })
        #expect(refuses { $0.resources.chunkSize = 0 })
        #expect(refuses { $0.resources.threads = 1025 })
        #expect(refuses { $0.targets.parts = .interlaced(1) })
        #expect(refuses { $0.targets.parts = .consecutive(10_001) })
        #expect(refuses { $0.outputs.methods = [] })
        #expect(refuses { $0.outputs.methods = [.average, .average] })
        #expect(refuses { $0.levels.zero = .exposure })
        #expect(
            refuses {
                $0.placement.alignment = .wcs
                $0.placement.framing = .intersection
            })
    }
}
