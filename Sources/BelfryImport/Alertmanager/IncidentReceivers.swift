// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `pagerduty_configs`: an event opens the incident of a group, and another one closes it.
enum PagerDutyReceiver: ReceiverKind {
  static let key = "pagerduty_configs"
  static let sendsResolved = true

  private static let action = "{{group_status|map:'firing=trigger,*=resolve'}}"

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "PagerDuty")
    let address = integration.text("url", orGlobal: "pagerduty_url", &result)
    let current = integration.secret("routing_key", &result)
    let older = integration.secret("service_key", &result)
    let timeout = integration.section.duration("timeout", &result.report)
    let client = integration.section.constants([("client", "client"), ("client_url", "client_url")], &result.report)
    let severity = integration.section.constant("severity", &result.report)
    let source = integration.section.constant("source", &result.report)
    let place = integration.section.constants(
      [("component", "component"), ("group", "group"), ("class", "class")],
      &result.report
    )
    let template = integration.template(title: "description", &result)
    integration.replace(["details", "images", "links"], &result)
    guard let key = current ?? older else {
      return service.missing("key", &integration, &result)
    }
    result.report.change(
      integration.section.path,
      line: integration.section.line,
      "incidents that Alertmanager opened are not closed: theirs have other keys.",
      remedy: "Close them by hand after the switch."
    )
    let reference = integration.reference(key, "PagerDuty's key of \(integration.receiver)", &result)
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
      &integration,
      address: address ?? standard,
      body: body,
      template: template,
      &result
    )
    guard let timeout, timeout > .zero else { return channel }
    return channel.map { $0 + [.init("timeout", .text(timeout.text))] }
  }
}

/// `opsgenie_configs`: an alert for each group; it is not closed, because that needs another URL.
enum OpsgenieReceiver: ReceiverKind {
  static let key = "opsgenie_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Opsgenie")
    let address = integration.text("api_url", orGlobal: "opsgenie_api_url", &result)
    let key = integration.secret("api_key", orGlobal: "opsgenie_api_key", &result)
    let template = integration.template(title: "message", body: "description", &result)
    integration.replace(["details", "note", "update_alerts"], &result)
    var others = integration.section.constants(
      [("source", "source"), ("entity", "entity"), ("priority", "priority")],
      &result.report
    )
    for name in ["tags", "actions"] {
      let values =
        integration.section.constant(name, &result.report)?.split(separator: ",").map { String($0).trimmed } ?? []
      if !values.isEmpty { others.append(.init(name, .list(values.map { .text(String($0)) }))) }
    }
    let responders = self.responders(&integration.section, &result.report)
    if !responders.isEmpty { others.append(.init("responders", .list(responders))) }
    guard let key else {
      return service.missing("key", &integration, &result)
    }
    result.report.lose(
      integration.section.path,
      line: integration.section.line,
      "alerts in Opsgenie are not closed: that needs another URL, and a webhook has one.",
      remedy: "Close them there, or write an `exec` channel for it."
    )
    let reference = integration.reference(key, "Opsgenie's key", &result)
    let body: [ImportedValue.Member] = [
      .init("message", .text("{{title|cut:130}}")), .init("alias", .text("{{group_key}}")),
      .init("description", .text("{{text|cut:10000}}")),
    ]
    return service.channel(
      &integration,
      address: address ?? "https://api.opsgenie.com",
      path: "v2/alerts",
      headers: [.init("Authorization", .expression("GenieKey \(reference)"))],
      body: body + others,
      template: template,
      &result
    )
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

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "Splunk On-Call")
    let address = integration.text("api_url", orGlobal: "victorops_api_url", &result)
    let key = integration.secret("api_key", orGlobal: "victorops_api_key", &result)
    let routing = integration.section.constant("routing_key", &result.report)
    let type = integration.section.constant("message_type", &result.report) ?? "CRITICAL"
    let tool = integration.section.constant("monitoring_tool", &result.report) ?? "belfry"
    let template = integration.template(title: "entity_display_name", body: "state_message", &result)
    integration.replace(["custom_fields"], &result)
    guard let key, let routing else {
      return service.missing("key and routing key", &integration, &result)
    }
    let reference = integration.reference(key, "the key of Splunk On-Call", &result)
    let isWord = type.utf8.allSatisfy { (0x41...0x5A).contains($0) }
    let body: [ImportedValue.Member] = [
      .init("message_type", .text("{{group_status|map:'firing=\(isWord ? type : "CRITICAL"),*=RECOVERY'}}")),
      .init("entity_id", .text("{{group_key}}")), .init("entity_display_name", .text("{{title|cut:500}}")),
      .init("state_message", .text("{{text}}")), .init("monitoring_tool", .text(tool)),
    ]
    return service.channel(
      &integration,
      address: address ?? "https://alert.victorops.com/integrations/generic/20131114/alert",
      path: "\(reference)/\(routing.replacing("${", with: "$${"))",
      body: body,
      template: template,
      &result
    )
  }
}

/// `incidentio_configs`: nearly Alertmanager's own body.
enum IncidentIOReceiver: ReceiverKind {
  static let key = "incidentio_configs"
  static let sendsResolved = true

  static func channel(_ integration: inout Integration, _ result: inout ImportedConfiguration)
    -> [ImportedValue.Member]?
  {
    let service = ServiceWebhook(service: "incident.io")
    let url = integration.secret("url", &result)
    let token = integration.secret("alert_source_token", &result)
    let timeout = integration.section.duration("timeout", &result.report)
    integration.section.change(
      ["max_alerts"],
      "the size of a message is limited in bytes, not in alerts.",
      remedy: "Set `max_body` of the channel if the default of 20000 is not right.",
      &result.report
    )
    let connection = integration.connection(&result)
    guard let url else { return service.missing("URL", &integration, &result) }
    result.report.change(
      integration.section.path,
      line: integration.section.line,
      "the body is that of Alertmanager's webhooks.",
      remedy: "Use an alert source of the kind Alertmanager in incident.io."
    )
    var members: [ImportedValue.Member] = [.init("kind", .text("webhook"))]
    members += WebhookReceiver.keys(to: url, integration.receiver, connection, isPublic: true, &result)
    if let token, !url.isSentInClear {
      members.removeAll { $0.name == "auth" }
      let reference = integration.reference(token, "the token of \(integration.receiver)", &result)
      let auth: [ImportedValue.Member] = [.init("kind", .text("bearer")), .init("token", .expression(reference))]
      members.append(.init("auth", .object(auth)))
    }
    members.append(.init("format", .text("alertmanager")))
    if let timeout, timeout > .zero { members.append(.init("timeout", .text(timeout.text))) }
    return members
  }
}
