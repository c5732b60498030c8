// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryConfiguration
package import BelfryEngine
internal import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// Sends a test alert straight to channels, past deduplication, cooldown, burst and digest.
package struct SendTest: Action {
  /// Selects the channels of a test.
  package enum Target: Sendable, Hashable {
    /// Those of the routes that take an alert of this severity.
    case severity(Severity)
    case channel(String)
    case all
  }

  private let target: Target

  package init(_ target: Target) { self.target = target }

  package var name: ActionName { .sendTest }
  package var subject: String {
    switch target {
    case .severity(let severity): severity.name
    case .channel(let name): name
    case .all: "all"
    }
  }

  /// The deployment in which only someone at the command line may send a test.
  private static let production = "prd"

  package func perform(in operations: Operations, by actor: Operator) async throws -> SentTest {
    let configuration = operations.configuration
    guard actor.way == .cli || configuration.deployment.lowercased() != SendTest.production else {
      throw OperationRefusal(
        .refused,
        #"This is production ("deploy_env": "prd"): no test alert is sent here. `belfry test` sends one."#
      )
    }
    let alert = makeAlert(at: operations.now).ranked(by: configuration.rules.severities)
    let channels = try channels(for: alert, configuration, at: operations.now)
    var results: [ChannelTester.Result] = []
    for channel in channels { results.append(await operations.tester.test(channel, with: alert)) }
    return SentTest(subject: subject, alert: alert, results: results)
  }

  private func makeAlert(at now: Instant) -> Alert {
    var severity = Severity.info
    if case .severity(let chosen) = target { severity = chosen }
    return Alert(
      source: .command,
      id: "test-" + UUID().uuidString.lowercased(),
      severity: severity,
      category: "test",
      title: "Test alert",
      detail: "This is a test of Belfry. Nothing is wrong.",
      firstSeen: now.iso8601
    )
  }

  private func channels(
    for alert: Alert,
    _ configuration: Configuration,
    at now: Instant
  ) throws -> [ConfiguredChannel] {
    let all = configuration.channels.values.sorted { $0.name < $1.name }
    switch target {
    case .all: return all
    case .channel(let name):
      guard let chosen = configuration.channels[ChannelName(name)] else {
        let remedy = Nearest.remedy(for: name, among: all.map(\.name.name))
        throw OperationRefusal(.invalid, "There is no channel \"\(name)\". \(remedy)")
      }
      return [chosen]
    case .severity:
      let steps = Policy(rules: configuration.rules).explain(alert, at: now).steps.filter(\.isTaken)
      let names = Set(steps.flatMap(\.channels))
      guard !names.isEmpty else {
        throw OperationRefusal(.invalid, "No route matches an alert of severity \(alert.severity).")
      }
      return all.filter { names.contains($0.name) }
    }
  }
}

/// A test alert, and how each channel took it.
package struct SentTest: ActionOutcome {
  package let subject: String
  package let alert: Alert
  package let results: [ChannelTester.Result]

  /// The channels that did not take it, each with the code of its failure.
  package var failure: String? {
    let errors = results.compactMap { result in result.error.map { "\(result.channel): \($0.code)" } }
    return errors.isEmpty ? nil : errors.joined(separator: ", ")
  }

  package var lines: [String] {
    results.map { result in "\(result.channel): " + (result.error.map { "failed: \($0)" } ?? "ok") }
  }

  /// One object for each channel.
  package var objects: [String] {
    results.map { result in
      var writer = JSONWriter()
      writer.object {
        $0.member("success", result.error == nil)
        $0.member("severity", alert.severity.name)
        $0.member("channel", result.channel.name)
        $0.member("alert_id", alert.id)
        if let error = result.error { $0.member("error", error.code) }
      }
      return writer.text
    }
  }
}
