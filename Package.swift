// swift-tools-version: 6.2
import PackageDescription

/// Each target imports only those above it: the order is the road that the data takes.
let package = Package(
  name: "heed",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Heed", targets: ["Heed"]),
    .library(name: "HeedText", targets: ["HeedText"]),
    .library(name: "HeedEvaluation", targets: ["HeedEvaluation"]),
    .library(name: "HeedTraining", targets: ["HeedTraining"]),
    .library(name: "HeedTensor", targets: ["HeedTensor"]),
    .library(name: "HeedShippedModel", targets: ["HeedShippedModel"]),
    .library(name: "HeedChat", targets: ["HeedChat"]),
    .library(name: "HeedHub", targets: ["HeedHub"]),
    .executable(name: "heed", targets: ["HeedCommand"]),
    .executable(name: "heed-download", targets: ["HeedDownload"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    .package(url: "https://github.com/jpsim/Yams", "5.0.1"..<"7.0.0"),
  ],
  targets: [
    .target(name: "CHeedKernels"),
    .target(name: "HeedTensor", dependencies: ["CHeedKernels"]),
    .target(
      name: "HeedText",
      dependencies: [.product(name: "HeapModule", package: "swift-collections")]),
    .target(name: "HeedChat"),
    .target(name: "HeedEvaluation"),
    .target(name: "HeedLayers", dependencies: ["HeedTensor"]),
    .target(name: "HeedModels", dependencies: ["HeedLayers", "HeedText"]),
    .target(name: "HeedGeneration", dependencies: ["CHeedKernels", "HeedModels"]),
    .target(name: "HeedInspection", dependencies: ["HeedGeneration"]),
    .target(name: "Heed", dependencies: ["HeedChat", "HeedGeneration", "HeedInspection"]),
    .target(
      name: "HeedTraining",
      dependencies: ["Heed", "HeedEvaluation", .product(name: "Yams", package: "Yams")]),
    .target(name: "HeedComparison", dependencies: ["HeedTraining"]),
    .target(name: "CHeedShippedModel", exclude: ["model"]),
    .target(name: "HeedShippedModel", dependencies: ["CHeedShippedModel", "Heed"]),
    .target(name: "HeedHubCache"),
    .target(name: "HeedHub", dependencies: ["HeedHubCache"]),
    .executableTarget(name: "HeedDownload", dependencies: ["HeedHub"]),
    .executableTarget(
      name: "HeedCommand",
      dependencies: [
        "CHeedKernels", "Heed", "HeedTraining", "HeedComparison", "HeedShippedModel", "HeedHubCache",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "TestSupport", dependencies: ["HeedModels"], path: "Tests/TestSupport"),
    .testTarget(name: "HeedKernelsTests", dependencies: ["CHeedKernels", "TestSupport"]),
    .testTarget(name: "HeedTensorTests", dependencies: ["HeedTensor", "TestSupport"]),
    .testTarget(name: "HeedTextTests", dependencies: ["HeedText", "TestSupport"]),
    .testTarget(name: "HeedChatTests", dependencies: ["HeedChat"]),
    .testTarget(name: "HeedEvaluationTests", dependencies: ["HeedEvaluation", "TestSupport"]),
    .testTarget(name: "HeedLayersTests", dependencies: ["HeedLayers", "TestSupport"]),
    .testTarget(name: "HeedModelsTests", dependencies: ["HeedModels", "TestSupport"]),
    .testTarget(name: "HeedGenerationTests", dependencies: ["HeedGeneration", "TestSupport"]),
    .testTarget(name: "HeedTrainingTests", dependencies: ["HeedTraining", "TestSupport"]),
    .testTarget(name: "HeedComparisonTests", dependencies: ["HeedComparison", "TestSupport"]),
    .testTarget(name: "HeedInspectionTests", dependencies: ["HeedInspection", "TestSupport"]),
    .testTarget(name: "HeedTests", dependencies: ["Heed", "TestSupport"]),
    .testTarget(name: "HeedHubTests", dependencies: ["HeedHub"]),
    .testTarget(name: "HeedShippedModelTests", dependencies: ["HeedShippedModel", "TestSupport"]),
    .testTarget(name: "HeedCommandTests", dependencies: ["Heed", "HeedCommand", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
