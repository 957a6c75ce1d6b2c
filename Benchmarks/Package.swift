// swift-tools-version: 6.1
import PackageDescription

// Nested, so that users of the library neither resolve nor build it. Run: swift run -c release --package-path Benchmarks
// kernel-benchmarks [VARIANT...], scaling MOTION-STACK --standard FRAME..., or ephemeris-benchmarks [FOLDER]
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "motion-stack", path: "..")],
    targets: [
        .executableTarget(
            name: "kernel-benchmarks",
            dependencies: [.product(name: "CKernels", package: "motion-stack")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(name: "scaling", swiftSettings: [.swiftLanguageMode(.v6)]),
        // For Scripts/speed-gate.
        .executableTarget(name: "paired-runs", swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "ephemeris-benchmarks",
            dependencies: [.product(name: "Sky", package: "motion-stack")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
