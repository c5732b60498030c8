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
  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]?
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
  private static let kinds: [any ReceiverKind.Type] = [EmailReceiver.self, SlackReceiver.self, WebhookReceiver.self]

  /// The kinds without a channel kind, with their default of `send_resolved`.
  private static let kindsWithoutChannel: [(key: String, sendsResolved: Bool)] = [
    ("pagerduty_configs", true), ("opsgenie_configs", true), ("discord_configs", true), ("msteams_configs", true),
    ("msteamsv2_configs", true), ("telegram_configs", true), ("mattermost_configs", true), ("rocketchat_configs", true),
    ("pushover_configs", true), ("victorops_configs", true), ("webex_configs", true), ("sns_configs", true),
    ("jira_configs", true), ("incidentio_configs", true), ("wechat_configs", false),
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
          receiver.destinations.append(substitute(for: kind.key, kind.sendsResolved, element, name, &result))
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
    guard var section = YAMLSection(entry, &result.report) else {
      return file(receiver, sendsResolved: kind.sendsResolved, &result)
    }
    let sendsResolved = section.flag("send_resolved", &result.report) ?? kind.sendsResolved
    let channel = kind.channel(&section, receiver: receiver, defaults, &result)
    section.finish(&result.report)
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
    for key: String,
    _ sendsResolved: Bool,
    _ entry: YAMLEntry,
    _ receiver: String,
    _ result: inout ImportedConfiguration
  ) -> ImportedReceiver.Destination {
    var written = sendsResolved
    if var section = YAMLSection(entry, &result.report) {
      written = section.flag("send_resolved", &result.report) ?? sendsResolved
    }
    let destination = file(receiver, sendsResolved: written, &result)
    result.report.lose(
      entry.path,
      line: entry.line,
      "Belfry has no channel for \(key): its notifications are only written into a file.",
      remedy: "Replace the channel \"\(destination.channel)\": a webhook with a body reaches most services."
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

/// Reads texts that may be Go templates.
enum GoTemplate {
  /// Whether the text has a part that Alertmanager fills in.
  static func isTemplate(_ text: String) -> Bool { text.contains("{{") }

  /// Whether the text only names one of Alertmanager's default templates.
  static func isDefault(_ text: String) -> Bool {
    let words = text.split { $0.isWhitespace }
    guard words.count == 5, words[0] == "{{", words[1] == "template", words[3] == ".", words[4] == "}}" else {
      return false
    }
    return words[2].contains(".default.") || words[2].contains("__")
  }

  /// Reports the texts that Belfry does not take over, unless they are Alertmanager's own defaults.
  static func change(_ keys: [String], in section: inout YAMLSection, _ report: inout ImportReport) {
    section.change(
      keys,
      "the message has Belfry's own text.",
      remedy: "Compare a message of `belfry test` with those of before.",
      &report
    ) { entry in
      guard case .text(let text) = entry.node.value else { return true }
      return !text.isEmpty && !isDefault(text)
    }
  }
}
