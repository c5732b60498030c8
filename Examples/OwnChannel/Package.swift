// swift-tools-version: 6.2
import PackageDescription

// In a repository of your own, the dependency is Belfry's URL and a version. `traits: []` leaves out the TLS library, which only
// a server that speaks https itself needs.
let package = Package(
  name: "own-channel",
  platforms: [.macOS(.v15)],
  products: [.library(name: "Telegram", targets: ["Telegram"])],
  dependencies: [.package(name: "belfry", path: "../..", traits: [])],
  targets: [
    .target(name: "Telegram", dependencies: [.product(name: "Belfry", package: "belfry")]),
    .executableTarget(name: "OwnBelfry", dependencies: ["Telegram", .product(name: "BelfryApp", package: "belfry")]),
    .testTarget(name: "TelegramTests", dependencies: ["Telegram", .product(name: "BelfryTesting", package: "belfry")]),
  ]
)
