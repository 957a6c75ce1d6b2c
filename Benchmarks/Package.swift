// swift-tools-version: 6.1
import PackageDescription

// Nested, so that users of the library neither resolve nor build it. Run: swift run -c release --package-path Benchmarks
// kernel-benchmarks [VARIANT...], or scaling MOTION-STACK --standard FRAME...
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "motion-stack", path: "..")],
    targets: [
        .executableTarget(
            name: "kernel-benchmarks",
            dependencies: [.product(name: "CKernels", package: "motion-stack")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(name: "scaling", swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
