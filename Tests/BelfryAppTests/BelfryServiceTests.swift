// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryApp
import BelfryTestKit
import Foundation
import Logging
import ServiceLifecycle
import Testing

@Suite("A program that Belfry is part of")
struct BelfryServiceTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private static let configuration = """
    {
      "channels": { "journal": { "kind": "file", "path": "notices.jsonl" } },
      "routes": [{ "to": "journal", "resolved": true }],
      "state": "belfry.db",
      "audit": "audit.jsonl"
    }
    """

  init() throws { temporary = try TemporaryFolder() }

  @Test("sends, acknowledges and resolves from code, and can say why", .endsIfItHangs)
  func fromCode() async throws {
    let belfry = try await make()
    try await belfry.send(alert)
    #expect(try await belfry.acknowledge("payments", by: "ann", comment: "on it"))
    #expect(try await belfry.acknowledge("unknown", by: "ann") == false)
    let report = try #require(await belfry.why("payments"))
    #expect(report.text.contains("Payments fail"))
    #expect(report.text.contains("ann"))
    #expect(JSONNode(json: Array(report.json.utf8))?["alerts"]?.elements?.count == 1)
    #expect(try await belfry.why("unknown") == nil)
    try await belfry.resolve("payments")
    #expect(try await belfry.acknowledge("payments", by: "ann") == false)
    try await belfry.close()
  }

  @Test("delivers what was sent before it was killed", .endsIfItHangs)
  func durable() async throws {
    let first = try await make()
    try await first.send(alert)
    try await first.close()
    #expect(try notices().isEmpty)

    let second = try await make()
    try await run(second) {
      while try notices().count < 1 { try await Task.sleep(for: .milliseconds(10)) }
      try await second.resolve("payments")
      while try notices().count < 2 { try await Task.sleep(for: .milliseconds(10)) }
    }
    let sent = try notices().map { JSONNode(json: Array($0.utf8))?["type"]?.string }
    #expect(sent == ["alert", "resolved"])
  }

  @Test("is not started with a configuration that has an error, which it names with its line")
  func error() async throws {
    let json = ConfigurationSource.json(#"{ "routes": [{ "to": "nobody" }] }"#, folder: folder)
    let error = await #expect(throws: BelfryServiceError.self) { _ = try await BelfryService(json, logger: logger) }
    #expect(error?.code == .configuration)
    #expect(error?.description.contains("configuration:1:") == true)
  }

  @Test("is not started beside another notifier on the same ledger")
  func inUse() async throws {
    let first = try await make()
    let error = await #expect(throws: BelfryServiceError.self) { _ = try await make() }
    #expect(error?.code == .ledgerInUse)
    try await first.close()
  }

  private var alert: Alert {
    Alert(id: "payments", severity: .critical, category: "payments", title: "Payments fail", labels: ["team": "shop"])
  }

  private func make() async throws -> BelfryService {
    try await BelfryService(.json(Self.configuration, folder: folder), environment: [:], logger: logger)
  }

  private func notices() throws -> [Substring] {
    let path = folder + "/notices.jsonl"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
  }

  /// Runs it in a service group as long as `body` runs.
  private func run(_ belfry: BelfryService, _ body: @escaping @Sendable () async throws -> Void) async throws {
    var user = ServiceGroupConfiguration.ServiceConfiguration(service: User(body: body))
    user.successTerminationBehavior = .gracefullyShutdownGroup
    let services = [ServiceGroupConfiguration.ServiceConfiguration(service: belfry), user]
    try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger)).run()
  }

  private struct User: Service {
    let body: @Sendable () async throws -> Void
    func run() async throws { try await body() }
  }
}
