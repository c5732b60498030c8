// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Foundation

/// A synthetic alert, and the channels that it is for.
struct TestAlert: Sendable {
  let alert: Alert
  let channels: [ConfiguredChannel]

  /// To the channel of that name; else to those of the routes that take that severity; else to all.
  ///
  /// - Throws: `CommandFailure` when there is no such channel, or no route takes it.
  init(severity: String?, channel: String?, _ configuration: Configuration, at now: Instant) throws {
    alert = Alert(
      source: .command,
      id: "test-" + UUID().uuidString.lowercased(),
      severity: severity.map { Severity($0) } ?? .info,
      category: "test",
      title: "Test alert",
      detail: "This is a test of the notifier. Nothing is wrong.",
      firstSeen: now.iso8601
    )
    let all = configuration.channels.values.sorted { $0.name < $1.name }
    if let channel {
      guard let chosen = configuration.channels[ChannelName(channel)] else {
        let remedy = Nearest.remedy(for: channel, among: all.map(\.name.name))
        throw CommandFailure("There is no channel \"\(channel)\". \(remedy)")
      }
      channels = [chosen]
      return
    }
    guard severity != nil else {
      channels = all
      return
    }
    let steps = Policy(rules: configuration.rules).explain(alert, at: now).steps.filter(\.isTaken)
    let names = Set(steps.flatMap(\.channels))
    guard !names.isEmpty else { throw CommandFailure("No route takes an alert of severity \(alert.severity).") }
    channels = all.filter { names.contains($0.name) }
  }
}
