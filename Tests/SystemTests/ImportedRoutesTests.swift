// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// Random trees of routes, imported: the real `amtool` says where an alert goes in Alertmanager, and `belfry explain` where
/// it goes with the imported file.
///
/// `BELFRY_IMPORTED_ALERTS` is the number of alerts, 200 by default; `make check-imports` takes 10,000.
@Suite("An imported alertmanager.yml", .systemTest, .endsIfItHangs)
struct ImportedRoutesTests {
  private static let alertsPerTree = 10
  private static let parts = AlertmanagerRoute.Parts.rich
  private static let trees =
    (ProcessInfo.processInfo.environment["BELFRY_IMPORTED_ALERTS"].flatMap(Int.init) ?? 200) / alertsPerTree

  @Test("sends alerts to the receivers that amtool names")
  func receivers() async throws {
    for seed in 1...Self.trees {
      var generator = SeededGenerator(seed: UInt64(seed))
      let tree = AlertmanagerRoute.random(Self.parts, depth: 3, &generator)
      let folder = try BelfryFolder(["alertmanager.yml": tree.file(Self.parts)])
      let environment = try await imported(in: folder)
      var alerts: [[String]] = []
      for _ in 0..<Self.alertsPerTree { alerts.append(Self.labels(&generator)) }
      try await withThrowingTaskGroup { group in
        for labels in alerts {
          group.addTask {
            let expected = try await Self.expected(labels, in: folder)
            let found = try await Self.found(labels, in: folder, environment)
            #expect(found == expected, "\(labels) of tree \(seed): \(tree.yaml)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  /// Imports the file.
  ///
  /// - Returns: The variables of the result.
  private func imported(in folder: BelfryFolder) async throws -> [String: String] {
    let result = try await folder.run("import", "alertmanager", "alertmanager.yml", "--with-secrets")
    // Nothing that a route needs may be lost.
    #expect(result.status == 0, "\(result)")
    let lines = String(decoding: folder.bytes(of: "belfry.env"), as: UTF8.self).split(separator: "\n")
    return lines.reduce(into: [:]) { variables, line in
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2, !line.hasPrefix("#") { variables[parts[0]] = parts[1] }
    }
  }

  private static func labels(_ generator: inout SeededGenerator) -> [String] {
    // Without a name, an alert gets one here, and does not exist in Prometheus.
    parts.names.compactMap { name in
      var value = parts.values.randomElement(using: &generator) ?? ""
      if name == "alertname", value.isEmpty { value = "z" }
      return value.isEmpty ? nil : "\(name)=\(value)"
    }
  }

  private static func expected(_ labels: [String], in folder: BelfryFolder) async throws -> [String] {
    let amtool = [try ServerProcess.program("/usr/bin/amtool"), "config", "routes", "test"]
    let file = "--config.file=\(folder.url.appending(path: "alertmanager.yml").path)"
    let output = try await Tool.output(amtool + [file] + labels, in: folder.url)
    // Before them, amtool may warn that the file is used instead of a server.
    let names = output.split(separator: "\n").last ?? ""
    return names.split(separator: ",").map(String.init).filter { $0 != "nobody" }
  }

  private static func found(
    _ labels: [String],
    in folder: BelfryFolder,
    _ environment: [String: String]
  ) async throws -> [String] {
    let arguments = ["explain", "--json"] + labels.flatMap { ["--label", $0] }
    let result = try await BelfryProcess.run(arguments, in: folder.url, environment: environment)
    let answer = try JSONDecoder().decode(Explanation.self, from: Data(result.answer.utf8))
    return answer.routes.filter(\.taken).flatMap(\.channels)
  }

  private struct Explanation: Decodable {
    struct Route: Decodable {
      var taken: Bool
      var channels: [String]
    }
    var routes: [Route]
  }
}
