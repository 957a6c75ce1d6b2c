// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func system(_ name: String, _ pkgConfig: String?, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "motion-stack",
    products: [
        .library(name: "MotionStack", targets: ["MotionStack"]),
        .executable(name: "motion-stack", targets: ["motion-stack"]),
        .executable(name: "motion-stack-fetch", targets: ["motion-stack-fetch"]),
        // For Benchmarks/ alone.
        .library(name: "CKernels", targets: ["CKernels"]),
        .library(name: "Sky", targets: ["Sky"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        system("CZLIB", "zlib", "zlib1g-dev"),
        system("CWCSLIB", "wcslib", "wcslib-dev"),
        system("CERFA", "erfa", "liberfa-dev"),
        system("CSEP", nil, "libsep-dev"),

        .target(name: "CKernels"),
        // Every file call of a run goes through it.
        .target(name: "Files", dependencies: ["CZLIB"], swiftSettings: strict),
        .target(name: "FITS", dependencies: ["Files"], swiftSettings: strict),
        .target(name: "Sky", dependencies: ["Files", "CERFA", "CWCSLIB", "CZLIB"], swiftSettings: strict),
        // Arrays in, lists out: knows neither FITS nor the sky nor stacks.
        .target(name: "Stars", dependencies: ["CSEP"], swiftSettings: strict),
        // Pixels in, PNG out: knows no FITS.
        .target(name: "Pictures", dependencies: ["CZLIB"], swiftSettings: strict),
        // Rows in, strips out: knows neither FITS nor the sky.
        .target(name: "Stacking", dependencies: ["CKernels", "Files"], swiftSettings: strict),
        .target(
            name: "MotionStack", dependencies: ["Stacking", "Stars", "Pictures", "Files", "FITS", "Sky", "CKernels"],
            swiftSettings: strict),
        .target(name: "StackReport", dependencies: ["Files", "MotionStack", "FITS", "Sky"], swiftSettings: strict),
        .target(name: "CArguments"),
        .executableTarget(
            name: "motion-stack",
            dependencies: [
                "CArguments",
                "MotionStack", "StackReport", "Files", "FITS", "Sky",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // The only program that opens a socket.
        .executableTarget(name: "motion-stack-fetch", dependencies: ["Files", "Sky"], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["CZLIB"], path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "make-sequence", dependencies: ["TestSupport"], path: "Tests/make-sequence", swiftSettings: strict),
        .executableTarget(
            name: "measure-stack", dependencies: ["TestSupport"], path: "Tests/measure-stack", swiftSettings: strict),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FITSTests", dependencies: ["Files", "FITS", "TestSupport"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "SkyTests", dependencies: ["Files", "Sky", "TestSupport"], exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "StarsTests", dependencies: ["Stars", "TestSupport"], exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "PicturesTests", dependencies: ["Pictures", "TestSupport"], exclude: ["Golden"],
            swiftSettings: strict),
        .target(
            name: "TestRules", dependencies: ["CKernels"], path: "Tests/TestRules",
            cSettings: [.headerSearchPath("."), .headerSearchPath("../../Sources/CKernels")]),
        .testTarget(
            name: "CKernelsTests", dependencies: ["CKernels", "TestRules", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "MotionStackTests",
            dependencies: [
                "Stacking", "Pictures", "MotionStack", "StackReport", "Files", "FITS", "Sky", "TestSupport",
            ],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "motion-stack", "motion-stack-fetch", "MotionStack", "StackReport", "Files", "Sky", "TestSupport",
            ],
            swiftSettings: strict),
    ]
)
