// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration

extension AlertTools {
  /// Every tool, in the listed order; a tool's arguments may depend on the scopes.
  static func all(for scopes: Set<Scope>) -> [MCPTool] {
    [
      status, listAlertsTool, whyTool, explainTool, deadLettersTool(scopes), sendTestAlertTool, silenceTool, ackTool,
      unackTool,
    ]
  }

  private static let status = MCPTool(
    "status",
    title: "Status",
    note: "Alerts, silences, sources, channels, dead letters, and what happens next.",
    scope: .read,
    effect: .reads,
    input: [],
    output: [
      MCPField("good", .bool, "Whether everything is fine.", required: true),
      MCPField("active_alerts", .integer(0...Int.max), required: true),
      MCPField("standings", .named(.integer(0...Int.max)), "The number of active alerts by status.", required: true),
      MCPField(
        "waiting",
        .named(.integer(0...Int.max)),
        "The number of waiting alerts, by what they wait for.",
        required: true
      ),
      MCPField("silences", .list(.object), required: true), MCPField("sources", .list(.object), required: true),
      MCPField("channels", .list(.object), required: true), MCPField("deliveries", .named(.object), required: true),
      MCPField("oldest_pending", .orNull(.text), required: true),
      MCPField("stale_settlements", .integer(0...Int.max), required: true),
      MCPField("dead_letters", .list(.object), "The latest ten.", required: true),
      MCPField("ledger_trouble", .orNull(.text), "Why the ledger cannot be written now.", required: true),
      MCPField("audit_trouble", .orNull(.text), "Why rows of the audit log are gone.", required: true),
      MCPField("damage", .list(.text), "The damaged parts of the ledger.", required: true),
      MCPField(
        "wake",
        .orNull(.object),
        "How far the audit log has been read for investigations, and the result of the last one; null if no investigator is configured.",
        required: true
      ),
      MCPField("configuration", .object, "The version in force.", required: true),
      MCPField("ledger", .object, "How large the ledger is, and how far back it reaches.", required: true),
      MCPField("next_timers", .list(.object), required: true),
    ]
  )

  private static let listAlertsTool = MCPTool(
    "list_alerts",
    title: "List alerts",
    note: "Active alerts, by id, or all known alerts. Use `why` for details of one.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("active_only", .bool, "Whether to leave out resolved alerts. Default: true."),
      MCPField("severity", .text, "Only alerts of this severity, such as critical."), limit(200, "50"), cursor,
    ],
    output: [
      MCPField("alerts", .list(.object), required: true),
      MCPField("next_cursor", .orNull(.text), "The cursor for the next page; null on the last page.", required: true),
    ]
  )

  private static let whyTool = MCPTool(
    "why",
    title: "What happened to an alert",
    note: "All decisions about an alert with their rules, all delivery attempts, and what happens next.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("alert", .text, "The alert's id, or source/id.", required: true),
      MCPField("last", .integer(1...200), "How many of the latest decisions to return. Default: 20."),
    ],
    output: [
      MCPField(
        "alerts",
        .list(.object),
        "The alerts with this id; empty, with an error, if it is unknown.",
        required: true
      ),
      MCPField("near", .list(.text), "Similar ids, if this id is unknown.", required: true),
    ]
  )

  private static let explainTool = MCPTool(
    "explain",
    title: "Where an alert would go",
    note:
      "Which routes an alert would match and what would hold it, and why the other routes do not match. Sends nothing.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("alert", .text, "An alert that Belfry knows: its id, or source/id; or describe one."),
      MCPField("severity", .text, "critical, warning, info, or another word. Default: the label severity, or warning."),
      MCPField("category", .text, "The alert's category. Default: the label category, or alertname."),
      MCPField("source", .text, "The alert's source."), MCPField("labels", .named(.text), "The alert's labels."),
      MCPField("at", .text, "The time, such as 2026-11-25T07:00:00Z. Default: now."),
    ],
    output: [
      MCPField("alert", .text, "The known alert."), MCPField("at", .text, "The time that was asked about."),
      MCPField("routes", .list(.object), required: true), MCPField("outcome", .text, required: true),
    ]
  )

  private static func deadLettersTool(_ scopes: Set<Scope>) -> MCPTool {
    let mayMend = scopes.contains(.operate)
    let mending = [
      MCPField("ids", .list(.text), "For retry and drop: each delivery_id, or enough of its end to be unique.")
    ]
    return MCPTool(
      "dead_letters",
      title: "Dead letters",
      note: "Messages that could not be delivered: lists them with the reason and what to do"
        + (mayMend ? "; queues them for delivery again (retry), or discards them (drop)." : "."),
      scope: .read,
      effect: mayMend ? .destroys : .reads,
      input: [
        MCPField("action", .choice(mayMend ? ["list", "retry", "drop"] : ["list"]), "Default: list."),
        MCPField("channel", .text, "For list: only dead letters of this channel."), limit(200, "50"), cursor,
      ] + (mayMend ? mending : []),
      output: [
        MCPField("dead_letters", .list(.object), "Latest first; empty after retry and drop.", required: true),
        MCPField("next_cursor", .orNull(.text), "The cursor for the next page; null on the last page.", required: true),
        MCPField("mended", .integer(0...Int.max), "How many were retried or dropped.", required: true),
        MCPField(
          "outdated",
          .list(.text),
          "Those not retried, each with the reason: for example, the alert has resolved."
        ),
      ]
    )
  }

  private static let sendTestAlertTool = MCPTool(
    "send_test_alert",
    title: "Send a test alert",
    note:
      "Sends a test alert to the channels of a severity, or to one channel, bypassing all throttling. People receive it.",
    scope: .test,
    effect: .adds,
    input: [
      MCPField(
        "severity",
        .choice(["critical", "warning", "info"]),
        "Send to the channels of this severity; or pass channel."
      ),
      MCPField("channel", .text, "Send to this channel; or pass severity."),
    ],
    output: [
      MCPField("success", .bool, "Whether every channel accepted it.", required: true),
      MCPField("severity", .text, required: true),
      MCPField("channel", .text, "The channels it was sent to, separated by commas.", required: true),
      MCPField("alert_id", .text, required: true), MCPField("error", .text, "What went wrong, if anything."),
      MCPField("deploy_env", .text, required: true),
    ]
  )

  private static let silenceTool = MCPTool(
    "silence",
    title: "Silence alerts",
    note: "For a time, matching alerts are not sent. Those still firing when it ends are sent then.",
    scope: .operate,
    effect: .adds,
    input: [
      MCPField(
        "match",
        .record([
          MCPField("severity", .either(.text, .list(.text)), "A severity, warning+ for that and above, or a list."),
          MCPField("category", patterns, "A category, a glob with *, /a regex/, {\"not\": …}, or a list."),
          MCPField("source", patterns, "Names of sources."), MCPField("labels", .named(patterns), "By label."),
        ]),
        "Which alerts to silence, as in the routes of channels.json; at least one condition.",
        required: true
      ),
      MCPField("for", .text, "How long it lasts, such as 2h; or pass until."),
      MCPField("until", .text, "When it ends, such as 2026-11-25T07:00:00Z; or pass for."),
      MCPField("comment", .text, "The reason, for the people on call.", required: true),
    ],
    output: [
      MCPField("silence", .object, required: true), MCPField("matches_now", .integer(0...Int.max), required: true),
      MCPField("active_alerts", .integer(0...Int.max), required: true),
    ]
  )

  private static let ackTool = MCPTool(
    "ack",
    title: "Acknowledge an alert",
    note: "Acknowledges an alert: no reminders or escalation until it resolves.",
    scope: .operate,
    effect: .adds,
    input: [
      MCPField("alert", .text, "The alert's id, or source/id.", required: true),
      MCPField("comment", .text, "A comment, such as what is being done about it."),
    ],
    output: [
      MCPField("alert_id", .text, required: true), MCPField("source", .text, required: true),
      MCPField("stops", .list(.object), "The cancelled reminders and escalations.", required: true),
    ]
  )

  private static let unackTool = MCPTool(
    "unack",
    title: "Withdraw an acknowledgement",
    note: "Withdraws the acknowledgement of an alert: reminders and escalation continue.",
    scope: .operate,
    effect: .destroys,
    input: [MCPField("alert", .text, "The alert's id, or source/id.", required: true)],
    output: [
      MCPField("alert_id", .text, required: true), MCPField("source", .text, required: true),
      MCPField("resumes", .list(.object), "The reminders and escalations that are pending again.", required: true),
    ]
  )

  private static let pattern = MCPShape.either(.text, .object)
  private static let patterns = MCPShape.either(pattern, .list(pattern))
  private static let cursor = MCPField("cursor", .text, "The next_cursor of the previous page.")
  private static func limit(_ most: Int, _ otherwise: String) -> MCPField {
    MCPField("limit", .integer(1...most), "The maximum number to return. Default: \(otherwise).")
  }
}
