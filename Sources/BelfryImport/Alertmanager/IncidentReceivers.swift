// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `pagerduty_configs`: an event opens the incident of a group, and another one closes it.
enum PagerDutyReceiver: ReceiverKind {
  static let key = "pagerduty_configs"
  static let sendsResolved = true

  private static let action = "{{group_status|map:'firing=trigger,*=resolve'}}"

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "PagerDuty")
    let address = section.text("url", &result.report) ?? defaults.text("pagerduty_url")
    let current = ImportedSecret(&section, "routing_key", &result.report)
    let older = ImportedSecret(&section, "service_key", &result.report)
    let timeout = section.duration("timeout", &result.report)
    let client = section.constants([("client", "client"), ("client_url", "client_url")], &result.report)
    let severity = section.constant("severity", &result.report)
    let source = section.constant("source", &result.report)
    let place = section.constants([("component", "component"), ("group", "group"), ("class", "class")], &result.report)
    let template = GoTemplate.template(title: "description", in: &section, defaults, &result.report)
    GoTemplate.change(["details", "images", "links"], in: &section, &result.report)
    guard let key = current ?? older else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("key", section, &result)
    }
    result.report.change(
      section.path,
      line: section.line,
      "incidents that Alertmanager opened are not closed: theirs have other keys.",
      remedy: "Close them by hand after the switch."
    )
    let reference = key.reference([receiver, key.name], "PagerDuty's key of \(receiver)", &result)
    let body: [ImportedValue.Member]
    if current != nil {
      let payload: [ImportedValue.Member] = [
        .init("summary", .text("{{title|cut:1000}}")), .init("source", .text(source ?? "{{product|default:'belfry'}}")),
        .init("severity", .text(severity ?? "{{severity|map:'critical=critical,warning=warning,info=info,*=error'}}")),
        .init("custom_details", .object([.init("text", .text("{{text}}"))])),
      ]
      body =
        [
          .init("routing_key", .expression(reference)), .init("event_action", .text(action)),
          .init("dedup_key", .text("{{group_key}}")),
        ] + client + [.init("payload", .object(payload + place))]
    } else {
      body =
        [
          .init("service_key", .expression(reference)), .init("event_type", .text(action)),
          .init("incident_key", .text("{{group_key}}")), .init("description", .text("{{title|cut:1000}}")),
        ] + client + [.init("details", .object([.init("text", .text("{{text}}"))]))]
    }
    let standard =
      current == nil
      ? "https://events.pagerduty.com/generic/2010-04-15/create_event.json" : "https://events.pagerduty.com/v2/enqueue"
    let channel = service.channel(
      &section,
      address: address ?? standard,
      receiver: receiver,
      defaults,
      body: .init("body", .object(body)),
      &result
    ).map { $0 + template }
    guard let timeout, timeout > .zero else { return channel }
    return channel.map { $0 + [.init("timeout", .text(timeout.text))] }
  }
}

/// `opsgenie_configs`: an alert for each group; it is not closed, because that needs another URL.
enum OpsgenieReceiver: ReceiverKind {
  static let key = "opsgenie_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Opsgenie")
    let address = section.text("api_url", &result.report) ?? defaults.text("opsgenie_api_url")
    let key = ImportedSecret(&section, "api_key", &result.report) ?? defaults.secret("opsgenie_api_key")
    let template = GoTemplate.template(title: "message", body: "description", in: &section, defaults, &result.report)
    GoTemplate.change(
      ["details", "note", "update_alerts"],
      in: &section,
      &result.report
    )
    var others = section.constants(
      [("source", "source"), ("entity", "entity"), ("priority", "priority")],
      &result.report
    )
    for name in ["tags", "actions"] {
      let values = section.constant(name, &result.report)?.split(separator: ",").map { String($0).trimmed } ?? []
      if !values.isEmpty { others.append(.init(name, .list(values.map { .text(String($0)) }))) }
    }
    let responders = self.responders(&section, &result.report)
    if !responders.isEmpty { others.append(.init("responders", .list(responders))) }
    guard let key else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("key", section, &result)
    }
    result.report.lose(
      section.path,
      line: section.line,
      "alerts in Opsgenie are not closed: that needs another URL, and a webhook has one.",
      remedy: "Close them there, or write an `exec` channel for it."
    )
    let parts = key.isShared ? ["opsgenie_api_key"] : [receiver, "api_key"]
    let reference = key.reference(parts, "Opsgenie's key", &result)
    let body: [ImportedValue.Member] = [
      .init("message", .text("{{title|cut:130}}")), .init("alias", .text("{{group_key}}")),
      .init("description", .text("{{text|cut:10000}}")),
    ]
    let base = address ?? "https://api.opsgenie.com/"
    return service.channel(
      &section,
      address: base,
      path: base.hasSuffix("/") ? "v2/alerts" : "/v2/alerts",
      receiver: receiver,
      defaults,
      headers: [.init("Authorization", .expression("GenieKey \(reference)"))],
      body: .init("body", .object(body + others)),
      &result
    ).map { $0 + template }
  }

  private static func responders(_ section: inout YAMLSection, _ report: inout ImportReport) -> [ImportedValue] {
    section.elements("responders", &report).compactMap { entry in
      guard var responder = YAMLSection(entry, &report) else { return nil }
      let names = [("id", "id"), ("name", "name"), ("username", "username"), ("type", "type")]
      let members = responder.constants(names, &report)
      responder.finish(&report)
      return members.isEmpty ? nil : .object(members)
    }
  }
}

/// `victorops_configs`: an event for each group.
enum VictorOpsReceiver: ReceiverKind {
  static let key = "victorops_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "Splunk On-Call")
    let address = section.text("api_url", &result.report) ?? defaults.text("victorops_api_url")
    let key = ImportedSecret(&section, "api_key", &result.report) ?? defaults.secret("victorops_api_key")
    let routing = section.constant("routing_key", &result.report)
    let type = section.constant("message_type", &result.report) ?? "CRITICAL"
    let tool = section.constant("monitoring_tool", &result.report) ?? "belfry"
    let template = GoTemplate.template(
      title: "entity_display_name",
      body: "state_message",
      in: &section,
      defaults,
      &result.report
    )
    GoTemplate.change(["custom_fields"], in: &section, &result.report)
    guard let key, let routing else {
      _ = HTTPConnection(&section, receiver: receiver, defaults, &result)
      return service.missing("key and routing key", section, &result)
    }
    let parts = key.isShared ? ["victorops_api_key"] : [receiver, "api_key"]
    let reference = key.reference(parts, "the key of Splunk On-Call", &result)
    let isWord = type.utf8.allSatisfy { (0x41...0x5A).contains($0) }
    let body: [ImportedValue.Member] = [
      .init("message_type", .text("{{group_status|map:'firing=\(isWord ? type : "CRITICAL"),*=RECOVERY'}}")),
      .init("entity_id", .text("{{group_key}}")), .init("entity_display_name", .text("{{title|cut:500}}")),
      .init("state_message", .text("{{text}}")), .init("monitoring_tool", .text(tool)),
    ]
    let base = address ?? "https://alert.victorops.com/integrations/generic/20131114/alert/"
    return service.channel(
      &section,
      address: base,
      path: "\(base.hasSuffix("/") ? "" : "/")\(reference)/\(routing.replacing("${", with: "$${"))",
      receiver: receiver,
      defaults,
      body: .init("body", .object(body)),
      &result
    ).map { $0 + template }
  }
}

/// `incidentio_configs`: nearly Alertmanager's own body.
enum IncidentIOReceiver: ReceiverKind {
  static let key = "incidentio_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let service = ServiceWebhook(service: "incident.io")
    let url = ImportedSecret(&section, "url", &result.report)
    let token = ImportedSecret(&section, "alert_source_token", &result.report)
    let timeout = section.duration("timeout", &result.report)
    section.change(
      ["max_alerts"],
      "the size of a message is limited in bytes, not in alerts.",
      remedy: "Set `max_body` of the channel if the default of 20000 is not right.",
      &result.report
    )
    let connection = HTTPConnection(&section, receiver: receiver, defaults, &result)
    guard let url else { return service.missing("URL", section, &result) }
    result.report.change(
      section.path,
      line: section.line,
      "the body is that of Alertmanager's webhooks.",
      remedy: "Use an alert source of the kind Alertmanager in incident.io."
    )
    var members: [ImportedValue.Member] = [.init("kind", .text("webhook"))]
    members += WebhookReceiver.keys(to: url, receiver, connection, isPublic: true, &result)
    if let token, !url.isSentInClear {
      members.removeAll { $0.name == "auth" }
      let reference = token.reference([receiver, "alert_source_token"], "the token of \(receiver)", &result)
      let auth: [ImportedValue.Member] = [.init("kind", .text("bearer")), .init("token", .expression(reference))]
      members.append(.init("auth", .object(auth)))
    }
    members.append(.init("format", .text("alertmanager")))
    if let timeout, timeout > .zero { members.append(.init("timeout", .text(timeout.text))) }
    return members
  }
}
