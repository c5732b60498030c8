// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// One kind of integration of a receiver, such as `email_configs`.
protocol ReceiverKind: Sendable {
  /// The receiver's key.
  static var key: String { get }
  /// The default of `send_resolved`.
  static var sendsResolved: Bool { get }
  /// The channel that does the same; nil if there is none.
  ///
  /// It reports each key that it does not carry over.
  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
}

/// The channels of a receiver; none for a receiver that notifies nobody.
struct ImportedReceiver {
  struct Destination: Hashable {
    var channel: String
    var sendsResolved: Bool
  }

  var destinations: [Destination] = []
}

/// Converts `receivers`: each integration becomes a channel.
enum ReceiverImporter {
  private static let kinds: [any ReceiverKind.Type] = [
    EmailReceiver.self, SlackReceiver.self, WebhookReceiver.self, PagerDutyReceiver.self, OpsgenieReceiver.self,
    DiscordReceiver.self, TeamsReceiver.self, TelegramReceiver.self, MattermostReceiver.self, RocketChatReceiver.self,
    PushoverReceiver.self, VictorOpsReceiver.self, WebexReceiver.self, IncidentIOReceiver.self,
  ]

  /// The kinds that no channel can replace, with their default of `send_resolved`.
  private static let kindsWithoutChannel: [(key: String, sendsResolved: Bool, remedy: String)] = [
    ("msteams_configs", true, "Make a workflow in Teams, as msteamsv2_configs needs it, and import again."),
    ("sns_configs", true, "Use an `exec` channel with a program that signs requests to Amazon."),
    ("jira_configs", true, "Use an `exec` channel, or a webhook to a rule of Jira's automation."),
    ("wechat_configs", false, "Use an `exec` channel."),
  ]

  /// Adds the channels to the result.
  static func read(
    _ entries: [YAMLEntry],
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ExactText: ImportedReceiver] {
    var receivers: [ExactText: ImportedReceiver] = [:]
    for entry in entries {
      guard var section = YAMLSection(entry, &result.report) else { continue }
      let name = section.text("name", &result.report) ?? ""
      section.change(["labels"], "labels of receivers only serve queries there; they are left out.", &result.report)
      var receiver = ImportedReceiver()
      for kind in kinds {
        for element in section.elements(kind.key, &result.report) {
          receiver.destinations.append(destination(of: kind, element, name, defaults, &result))
        }
      }
      for kind in kindsWithoutChannel {
        for element in section.elements(kind.key, &result.report) {
          receiver.destinations.append(substitute(for: kind, element, name, &result))
        }
      }
      section.finish(&result.report)
      receivers[ExactText(name)] = receiver
    }
    return receivers
  }

  private static func destination(
    of kind: any ReceiverKind.Type,
    _ entry: YAMLEntry,
    _ receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> ImportedReceiver.Destination {
    guard let section = YAMLSection(entry, &result.report) else {
      return file(receiver, sendsResolved: kind.sendsResolved, &result)
    }
    var integration = Integration(section: section, receiver: receiver, defaults: defaults)
    let sendsResolved = integration.section.flag("send_resolved", &result.report) ?? kind.sendsResolved
    let channel = kind.channel(&integration, &result)
    integration.section.finish(&result.report)
    guard let channel else { return file(receiver, sendsResolved: sendsResolved, &result) }
    let name = result.addChannel(like: receiver) { _ in channel }
    if name != receiver, channel.contains(.init("format", .text("alertmanager"))) {
      result.report.change(
        entry.path,
        line: entry.line,
        "`receiver` in the body of its requests is \"\(name)\", not \"\(receiver)\".",
        remedy: "Check whether the service reads it."
      )
    }
    return .init(channel: name, sendsResolved: sendsResolved)
  }

  private static func substitute(
    for kind: (key: String, sendsResolved: Bool, remedy: String),
    _ entry: YAMLEntry,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) -> ImportedReceiver.Destination {
    var sendsResolved = kind.sendsResolved
    if var section = YAMLSection(entry, &result.report) {
      sendsResolved = section.flag("send_resolved", &result.report) ?? sendsResolved
    }
    let destination = file(receiver, sendsResolved: sendsResolved, &result)
    result.report.lose(
      entry.path,
      line: entry.line,
      "Belfry has no channel for \(kind.key): its notifications are only written into a file.",
      remedy: "Replace the channel \"\(destination.channel)\". \(kind.remedy)"
    )
    return destination
  }

  /// A channel that keeps what cannot be sent, so that no alert of this receiver is lost without a trace.
  private static func file(
    _ receiver: String,
    sendsResolved: Bool,
    _ result: inout ImportedConfiguration
  ) -> ImportedReceiver.Destination {
    let name = result.addChannel(like: receiver) { name in
      [.init("kind", .text("file")), .init("path", .text("var/not-imported-\(name).jsonl"))]
    }
    return .init(channel: name, sendsResolved: sendsResolved)
  }
}
