// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Imports the contact points, notification policies and mute timings of Grafana, as its provisioning API exports them in
/// YAML or JSON.
///
/// They are rewritten in the terms of Alertmanager, which Grafana uses inside, and converted like an `alertmanager.yml`.
package enum GrafanaImporter {
  /// The mail server and the sender, which Grafana has in `grafana.ini`.
  package struct Mail: Sendable {
    package var server: String
    package var from: String

    package init(server: String, from: String) {
      self.server = server
      self.from = from
    }
  }

  /// Converts the texts of one or more exported files.
  ///
  /// - Throws: `YAMLProblem` if a text is not YAML, or if there is no policy.
  package static func read(_ texts: [String], mail: Mail? = nil) throws(YAMLProblem) -> ImportedConfiguration {
    var points: [YAMLNode] = []
    var policies: [YAMLNode] = []
    var timings: [YAMLNode] = []
    for text in texts {
      let node = try YAMLNode.read(text)
      points += list("contactPoints", of: node)
      policies += list("policies", of: node)
      timings += list("muteTimes", of: node)
    }
    guard let policy = policies.first else {
      throw YAMLProblem(line: 1, text: "there is no notification policy: export the policies too")
    }
    var report = ImportReport()
    if policies.count > 1 {
      report.lose(
        "policies[1]",
        line: policies[1].line,
        "there are several trees of policies, for several organizations: the first one is carried over.",
        remedy: "Import the others into folders of their own."
      )
    }
    var members = [
      YAMLMember(name: "route", line: policy.line, node: route(policy)),
      YAMLMember(
        name: "receivers",
        line: points.first?.line ?? 1,
        node: YAMLNode(value: .list(points.enumerated().map { receiver($1, index: $0, &report) }), line: 1)
      ),
      YAMLMember(
        name: "time_intervals",
        line: timings.first?.line ?? 1,
        node: YAMLNode(value: .list(timings.map { without(["orgId"], $0) }), line: 1)
      ),
    ]
    if let mail {
      let values = [("smtp_smarthost", mail.server), ("smtp_from", mail.from)]
      members.insert(
        YAMLMember(name: "global", line: 1, node: mapping(values.map { ($0.0, 1, text($0.1, 1)) }, 1)),
        at: 0
      )
    }
    let node = YAMLNode(value: .mapping(members), line: 1)
    return try AlertmanagerImporter.convert(node, report)
  }

  private static func list(_ name: String, of node: YAMLNode) -> [YAMLNode] {
    guard case .mapping(let members) = node.value,
      case .list(let nodes)? = members.first(where: { $0.name == name })?.node.value
    else { return [] }
    return nodes
  }

  private static func text(_ text: String, _ line: Int) -> YAMLNode { YAMLNode(value: .text(text), line: line) }

  private static func mapping(_ members: [(name: String, line: Int, node: YAMLNode)], _ line: Int) -> YAMLNode {
    YAMLNode(value: .mapping(members.map { YAMLMember(name: $0.name, line: $0.line, node: $0.node) }), line: line)
  }

  private static func without(_ names: [String], _ node: YAMLNode) -> YAMLNode {
    guard case .mapping(let members) = node.value else { return node }
    return YAMLNode(value: .mapping(members.filter { !names.contains($0.name) }), line: node.line)
  }

  /// A policy with its matchers in Alertmanager's format: `[team, =, web]` becomes `team="web"`.
  private static func route(_ node: YAMLNode) -> YAMLNode {
    guard case .mapping(let members) = without(["orgId", "provenance"], node).value else { return node }
    let converted = members.map { member -> YAMLMember in
      var member = member
      switch (member.name, member.node.value) {
      case ("object_matchers", .list(let matchers)):
        member.name = "matchers"
        member.node.value = .list(matchers.map(matcher))
      case ("routes", .list(let routes)): member.node.value = .list(routes.map(route))
      default: break
      }
      return member
    }
    return YAMLNode(value: .mapping(converted), line: node.line)
  }

  private static func matcher(_ node: YAMLNode) -> YAMLNode {
    guard case .list(let parts) = node.value, parts.count == 3,
      case .text(let name) = parts[0].value, case .text(let operation) = parts[1].value,
      case .text(let value) = parts[2].value
    else { return node }
    let matcher = AlertmanagerMatcher(
      name: name,
      value: value,
      isRegex: operation.hasSuffix("~"),
      isEqual: !operation.hasPrefix("!")
    )
    return text(matcher.text, node.line)
  }
}

// MARK: - Contact points

extension GrafanaImporter {
  /// How the settings of an integration are called in Alertmanager; a dot leads into a mapping.
  private struct Kind {
    var key: String
    var names: [String: String]
  }

  private static let kinds: [String: Kind] = [
    "email": Kind(key: "email_configs", names: ["addresses": "to", "message": "text", "subject": "headers.Subject"]),
    "slack": Kind(
      key: "slack_configs",
      names: [
        "url": "api_url", "token": "app_token", "recipient": "channel", "title": "title", "text": "text",
        "endpointUrl": "app_url", "username": "username", "icon_emoji": "icon_emoji", "icon_url": "icon_url",
      ]
    ),
    "webhook": Kind(
      key: "webhook_configs",
      names: [
        "url": "url", "username": "http_config.basic_auth.username", "password": "http_config.basic_auth.password",
        "authorization_scheme": "http_config.authorization.type",
        "authorization_credentials": "http_config.authorization.credentials", "maxAlerts": "max_alerts",
      ]
    ),
    "discord": Kind(
      key: "discord_configs",
      names: ["url": "webhook_url", "message": "message", "title": "title", "avatar_url": "avatar_url"]
    ),
    "teams": Kind(key: "msteamsv2_configs", names: ["url": "webhook_url", "title": "title", "message": "text"]),
    "telegram": Kind(
      key: "telegram_configs",
      names: [
        "bottoken": "bot_token", "chatid": "chat_id", "message": "message", "parse_mode": "parse_mode",
        "disable_notifications": "disable_notifications", "message_thread_id": "message_thread_id",
      ]
    ),
    "pagerduty": Kind(
      key: "pagerduty_configs",
      names: [
        "integrationKey": "routing_key", "severity": "severity", "class": "class", "component": "component",
        "group": "group", "summary": "description", "client": "client", "client_url": "client_url", "source": "source",
        "url": "url", "details": "details",
      ]
    ),
    "opsgenie": Kind(
      key: "opsgenie_configs",
      names: ["apiKey": "api_key", "message": "message", "description": "description", "responders": "responders"]
    ),
    "pushover": Kind(
      key: "pushover_configs",
      names: [
        "apiToken": "token", "userKey": "user_key", "priority": "priority", "retry": "retry", "expire": "expire",
        "device": "device", "sound": "sound", "title": "title", "message": "message",
      ]
    ),
    "webex": Kind(
      key: "webex_configs",
      names: [
        "bot_token": "http_config.authorization.credentials", "room_id": "room_id", "api_url": "api_url",
        "message": "message",
      ]
    ),
  ]

  /// A contact point as a receiver.
  private static func receiver(_ node: YAMLNode, index: Int, _ report: inout ImportReport) -> YAMLNode {
    guard case .mapping(let members) = node.value else { return node }
    var name = YAMLNode(value: .null, line: node.line)
    var integrations: [(key: String, node: YAMLNode)] = []
    for member in members {
      if member.name == "name" { name = member.node }
      guard member.name == "receivers", case .list(let receivers) = member.node.value else { continue }
      for (number, receiver) in receivers.enumerated() {
        let path = "contactPoints[\(index)].receivers[\(number)]"
        if let found = integration(receiver, path: path, &report) { integrations.append(found) }
      }
    }
    var converted = [(name: "name", line: node.line, node: name)]
    for key in Set(integrations.map(\.key)).sorted() {
      let nodes = integrations.filter { $0.key == key }.map(\.node)
      converted.append((key, nodes[0].line, YAMLNode(value: .list(nodes), line: nodes[0].line)))
    }
    return mapping(converted, node.line)
  }

  private static func integration(
    _ node: YAMLNode,
    path: String,
    _ report: inout ImportReport
  ) -> (key: String, node: YAMLNode)? {
    guard case .mapping(let members) = node.value else { return nil }
    func value(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.node }
    guard case .text(let type)? = value("type")?.value, let kind = kinds[type] else {
      report.lose(
        path,
        line: node.line,
        "a contact point of this type is not carried over.",
        remedy: "Add a channel for it; a webhook with a body reaches most services."
      )
      return nil
    }
    var converted = YAMLNode(value: .mapping([]), line: node.line)
    if case .text(let word)? = value("disableResolveMessage")?.value {
      converted.set(["send_resolved"], text(word == "true" ? "false" : "true", node.line), line: node.line)
    } else {
      converted.set(["send_resolved"], text("true", node.line), line: node.line)
    }
    guard case .mapping(let settings)? = value("settings")?.value else { return (kind.key, converted) }
    for setting in settings {
      guard let name = kind.names[setting.name] else {
        report.change(
          "\(path).settings.\(setting.name)",
          line: setting.line,
          "this setting is not carried over.",
          remedy: "Check whether the channel needs it."
        )
        continue
      }
      var node = setting.node
      // Grafana also separates addresses by semicolons and line breaks.
      if type == "email", setting.name == "addresses", case .text(let addresses) = node.value {
        node.value = .text(addresses.replacing(";", with: ",").replacing("\n", with: ","))
      }
      converted.set(name.split(separator: ".").map(String.init), node, line: setting.line)
    }
    return (kind.key, converted)
  }
}

extension YAMLNode {
  /// Sets a value in nested mappings, which are made as far as they are missing.
  fileprivate mutating func set(_ path: [String], _ node: YAMLNode, line: Int) {
    guard case .mapping(var members) = value, let name = path.first else { return }
    let index = members.firstIndex { $0.name == name }
    var member =
      index.map { members[$0] } ?? YAMLMember(name: name, line: line, node: YAMLNode(value: .mapping([]), line: line))
    if path.count == 1 { member.node = node } else { member.node.set(Array(path.dropFirst()), node, line: line) }
    if let index { members[index] = member } else { members.append(member) }
    value = .mapping(members)
  }
}
