// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that who builds Heed does not fetch a benchmark library.
let package = Package(
  name: "heed-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "heed", path: ".."),
    // Without traits: counting allocations needs libraries that Linux systems may lack, and memory is measured by
    // `heed benchmark`.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Kernels",
      dependencies: [
        .product(name: "HeedTensor", package: "heed"), .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/Kernels",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ],
  swiftLanguageModes: [.v6]
)
