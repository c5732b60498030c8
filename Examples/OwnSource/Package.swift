// swift-tools-version: 6.2
import PackageDescription

func product(_ name: String) -> Target.Dependency { .product(name: name, package: "belfry") }

// In a repository of your own, the dependency is Belfry's URL and a version.
let package = Package(
  name: "own-source",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "belfry", path: "../..", traits: [])],
  targets: [
    .target(name: "Healthchecks", dependencies: [product("Belfry")]),
    .executableTarget(name: "HealthBelfry", dependencies: ["Healthchecks", product("BelfryApp")]),
    .testTarget(name: "HealthchecksTests", dependencies: ["Healthchecks", product("BelfryTesting")]),
  ]
)
