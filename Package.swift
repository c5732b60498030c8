// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackageDescription

/// The channel kinds linked into `belfry`, one folder each in Sources/Channels.
///
/// To add a channel, add its name here. That declares the target `Belfry<Name>`, its tests, and the executable's
/// dependency, from which the registry is generated.
let channels = [
  "Exec",
  "File",
  "SlackDM",
  "SMTP",
  "Webhook",
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let http: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
  .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
]
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let memoryTracing = Target.Dependency.product(name: "InMemoryTracing", package: "swift-distributed-tracing")

func named(_ names: [String]) -> [Target.Dependency] { names.map { .init(stringLiteral: $0) } }
let channelModules = channels.map { "Belfry" + $0 }

/// The targets below the engine, in the order in which they build on each other.
let underEngine = ["Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfryLedger", "BelfryTransport", "BelfryAudit"]
let engine = underEngine + ["BelfryEngine", "BelfrySources"]

/// Golden files are read from the source folder; excluding a missing folder would cause a warning.
func goldenFolders(of target: String) -> [String] {
  FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Tests/\(target)/Golden") ? ["Golden"] : []
}

let package = Package(
  name: "belfry",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "belfry", targets: ["BelfryProgram"]),
    .library(name: "Belfry", targets: ["Belfry"]),
    .library(name: "BelfryApp", targets: ["BelfryApp"]),
    .library(name: "BelfryTesting", targets: ["BelfryTesting"]),
    .plugin(name: "NewChannel", targets: ["NewChannel"]),
  ],
  traits: [
    .default(enabledTraits: ["TLS"]),
    // The demo is built without it, because most of a first build is spent on its library.
    .trait(name: "TLS", description: "The server speaks https itself."),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
    // Without traits: neither its configuration library nor the full Foundation is needed.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    // The types of Hummingbird's own API.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    // RE2 is C++; a file of ours gives it a C header.
    .target(
      name: "CRE2",
      linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("stdc++")]
    ),
    .target(name: "Belfry", dependencies: ["CCrypto", "CRE2"]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CSpawn"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "BelfryTransport", dependencies: ["Belfry", "CCurl", "CSpawn"]),
    .target(name: "BelfryPolicy", dependencies: ["Belfry"]),
    .target(name: "BelfryConfiguration", dependencies: ["Belfry", "BelfryPolicy"]),
    .target(name: "BelfryLedger", dependencies: ["Belfry", "BelfryPolicy", grdb, sqlite]),
    .target(name: "BelfryAudit", dependencies: ["Belfry", "BelfryTransport"]),
    .target(name: "BelfrySources", dependencies: ["Belfry", "BelfryPolicy", "BelfryTransport", "BelfryAudit"]),
    .target(
      name: "BelfryEngine",
      dependencies: named(underEngine) + [serviceLifecycle, logging, metrics, tracing]
    ),
    .target(name: "BelfryOperations", dependencies: named(engine)),
    .target(
      name: "BelfryServer",
      dependencies: named(engine + ["BelfryOperations", "CZlib"])
        + http
        + [serviceLifecycle, logging, tracing],
      resources: [.embedInCode("OpenAPI/openapi.json")]
    ),
    // A target of its own, so that fuzzing the configuration needs no package.
    .target(
      name: "BelfryImport",
      dependencies: ["Belfry", "BelfryPolicy", .product(name: "Yams", package: "Yams")]
    ),
    .target(
      name: "BelfryApp",
      dependencies: named(engine + ["BelfryOperations", "BelfryServer", "BelfryImport"] + channelModules)
        + [argumentParser, serviceLifecycle, unixSignals, logging],
      plugins: ["ChannelRegistry"]
    ),
    // The product is `belfry`; a target of that name would be `Belfry` on a disk that does not tell the two apart.
    .executableTarget(name: "BelfryProgram", dependencies: ["BelfryApp"]),
    .target(name: "BelfryTesting", dependencies: ["Belfry", "BelfryTransport"]),
    // Below the server, so that the simulation's release build and the policy's tests need none of its libraries.
    .target(
      name: "BelfryTestKit",
      dependencies: named(engine + ["BelfryOperations", "BelfryTesting"] + channelModules) + [tracing],
      plugins: ["ChannelRegistry"]
    ),
    .executableTarget(
      name: "BelfryBench",
      dependencies: named(engine + ["BelfryOperations", "BelfryFile", "BelfrySMTP", "BelfryWebhook"]),
      path: "Benchmarks"
    ),
    .executableTarget(
      name: "BelfrySimulation",
      dependencies: named(engine + ["BelfryTesting", "BelfryTestKit", "BelfryFile"]) + [argumentParser],
      path: "Simulation"
    ),

    .executableTarget(name: "RegistryGenerator"),
    .executableTarget(name: "ChannelScaffold"),
    .plugin(name: "ChannelRegistry", capability: .buildTool(), dependencies: ["RegistryGenerator"]),
    .plugin(
      name: "NewChannel",
      capability: .command(
        intent: .custom(verb: "new-channel", description: "Scaffold a channel: target, test and docs page."),
        permissions: [.writeToPackageDirectory(reason: "to write the new channel's source, test and docs page")]
      ),
      dependencies: ["ChannelScaffold"]
    ),

    .testTarget(
      name: "BelfryTests",
      dependencies: ["Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfryTesting", "BelfryTestKit"],
      exclude: ["Template/Golden"]
    ),
    .testTarget(
      name: "BelfryPolicyTests",
      dependencies: ["Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfryTesting", "BelfryTestKit"]
    ),
    .testTarget(
      name: "BelfryConfigurationTests",
      dependencies: [
        "Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfrySources", "BelfryTesting", "BelfryTestKit",
      ],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "BelfryTransportTests",
      dependencies: ["Belfry", "BelfryTransport", "BelfryTesting", "BelfryTestKit"]
    ),
    .testTarget(
      name: "BelfryAuditTests",
      dependencies: ["Belfry", "BelfryTransport", "BelfryAudit", "BelfryTesting", "BelfryTestKit"]
    ),
    .testTarget(
      name: "BelfryImportTests",
      dependencies: named(
        [
          "Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfrySources", "BelfryImport", "BelfryTesting",
          "BelfryTestKit",
        ]
      ),
      exclude: ["Golden", "Files", "Grafana"]
    ),
    .testTarget(
      name: "BelfryLedgerTests",
      dependencies: [
        "Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfryLedger", "BelfryTesting", "BelfryTestKit", grdb,
      ]
    ),
    .testTarget(
      name: "BelfrySourcesTests",
      dependencies: ["Belfry", "BelfryTransport", "BelfrySources", "BelfryTesting", "BelfryTestKit"]
    ),
    .testTarget(
      name: "BelfryEngineTests",
      dependencies: named(engine + ["BelfryOperations", "BelfryTesting", "BelfryTestKit"] + channelModules)
        + [metrics, logging, tracing, memoryTracing]
    ),
    .testTarget(
      name: "BelfryServerTests",
      dependencies: named(
        engine + ["BelfryOperations", "BelfryServer", "BelfryTesting", "BelfryTestKit", "BelfryFile"]
      )
        + [logging, .product(name: "NIOEmbedded", package: "swift-nio")]
    ),
    .testTarget(
      name: "BelfryAppTests",
      dependencies: named(
        engine + ["BelfryOperations", "BelfryServer", "BelfryApp", "BelfryTesting", "BelfryTestKit"] + channelModules
      ) + [argumentParser, grdb],
      exclude: goldenFolders(of: "BelfryAppTests")
    ),
    .testTarget(
      name: "ParityTests",
      dependencies: named(engine + ["BelfryTesting", "BelfryTestKit"] + channelModules),
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "HostileTests",
      dependencies: named(engine + ["BelfryServer", "BelfryApp", "BelfryTesting", "BelfryTestKit"] + channelModules)
    ),
    .testTarget(name: "ToolTests", dependencies: ["RegistryGenerator", "ChannelScaffold", "BelfryTestKit"]),
    .testTarget(
      name: "SystemTests",
      dependencies: named(["Belfry", "BelfryTransport", "BelfryTesting", "BelfryTestKit", "BelfryApp", "BelfrySMTP"])
    ),
  ]
    + channels.flatMap { name -> [Target] in
      [
        // Without access to `package` declarations: a channel here can do what a channel in another package can.
        .target(
          name: "Belfry\(name)",
          dependencies: ["Belfry"],
          path: "Sources/Channels/\(name)",
          packageAccess: false
        ),
        .testTarget(
          name: "Belfry\(name)Tests",
          dependencies: named(["Belfry", "Belfry\(name)", "BelfryTesting", "BelfryTestKit"]),
          exclude: goldenFolders(of: "Belfry\(name)Tests")
        ),
      ]
    },
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Only for `make fuzz`: with libFuzzer linked in, nothing with its own `main` can be linked. It is not a separate
// package, because the fuzzed code is not public.
if Context.environment["BELFRY_FUZZ"] == "1" {
  let fed =
    ["Belfry", "BelfryPolicy", "BelfryConfiguration", "BelfryTransport", "BelfryAudit", "BelfrySources"]
    + channelModules
  package.targets = package.targets.filter {
    (fed + ["CCrypto", "CRE2", "CCurl", "CSpawn", "CZlib"]).contains($0.name)
  }
  // The parts of the server that read a request without a library; the libraries are not built here.
  let reading = [
    "Access/HostHeader", "Access/Sessions", "HTTP/GzipReader", "HTTP/Query", "HTTP/Refusal", "HTTP/RequestForm",
  ]
  let server = FileManager.default.subpaths(atPath: "\(Context.packageDirectory)/Sources/BelfryServer") ?? []
  let others = server.filter { $0.contains(".") && !reading.map { $0 + ".swift" }.contains($0) }
  package.targets += [
    .target(name: "BelfryServer", dependencies: named(["Belfry", "CZlib"]), exclude: others),
    .executableTarget(name: "BelfryFuzz", dependencies: named(fed + ["BelfryServer"]), path: "Fuzz/Sources"),
  ]
  package.products = []
  package.dependencies = []
}

// Built by what runs or checks them: `make test` has no use for them.
if Context.environment["BELFRY_SYSTEM_TESTS"] != "1" { package.targets.removeAll { $0.name == "SystemTests" } }

// Leaves out test targets while working on one part: BELFRY_ONLY_TESTS=BelfryTests,ToolTests swift test.
if let names = Context.environment["BELFRY_ONLY_TESTS"] {
  let kept = names.split(separator: ",").map(String.init)
  package.targets.removeAll { $0.type == .test && !kept.contains($0.name) }
}

// Set by `make lint` and CI. It is not the default: a newer compiler's new warning must not break anyone's build.
let warnings: [SwiftSetting] =
  Context.environment["BELFRY_WARNINGS"] == "error" ? [.treatAllWarnings(as: .error)] : []

for target in package.targets where ![.plugin, .system].contains(target.type) {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + warnings
}
