// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension AlertTools {
  /// Every tool, in the listed order; a tool's arguments may depend on the scopes.
  static func all(for scopes: Set<Scope>) -> [MCPTool] {
    [status, listAlertsTool, whyTool, explainTool, deadLettersTool(scopes), sendTestAlertTool, silenceTool, ackTool]
  }

  private static let status = MCPTool(
    "status",
    title: "How everything stands",
    note: "How the alerts stand, what is silenced, how sources and channels are, dead letters, and what is due next.",
    scope: .read,
    effect: .reads,
    input: [],
    output: [
      MCPField("good", .bool, "Whether nothing needs anyone now.", required: true),
      MCPField("active_alerts", .integer(0...Int.max), required: true),
      MCPField("standings", .named(.integer(0...Int.max)), "Active alerts by how they stand.", required: true),
      MCPField("waiting", .named(.integer(0...Int.max)), "Alerts that wait, by what for.", required: true),
      MCPField("silences", .list(.object), required: true), MCPField("sources", .list(.object), required: true),
      MCPField("channels", .list(.object), required: true), MCPField("deliveries", .named(.object), required: true),
      MCPField("oldest_pending", .orNull(.text), required: true),
      MCPField("stale_settlements", .integer(0...Int.max), required: true),
      MCPField("dead_letters", .list(.object), "The latest ten.", required: true),
      MCPField("ledger_trouble", .orNull(.text), "Why nothing can be kept now.", required: true),
      MCPField("damage", .list(.text), "What of the ledger cannot be read.", required: true),
      MCPField(
        "wake",
        .orNull(.object),
        "How far the audit log is read for what is to be looked into, and what came of the last; null where nothing is.",
        required: true
      ),
      MCPField("configuration", .object, "Which version is in force.", required: true),
      MCPField("next_timers", .list(.object), required: true),
    ]
  )

  private static let listAlertsTool = MCPTool(
    "list_alerts",
    title: "List alerts",
    note: "The active alerts, by id, or all that are known. `why` says more of one.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("active_only", .bool, "Whether alerts that ended are left out; true unless said."),
      MCPField("severity", .text, "Only those of this severity, such as critical."), limit(200, "50"), cursor,
    ],
    output: [
      MCPField("alerts", .list(.object), required: true),
      MCPField("next_cursor", .orNull(.text), "For the next page; null on the last one.", required: true),
    ]
  )

  private static let whyTool = MCPTool(
    "why",
    title: "What became of an alert",
    note: "Every decision about an alert with the rule that made it, every attempt to deliver it, and what is to come.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("alert", .text, "The alert's id, or source/id.", required: true),
      MCPField("last", .integer(1...200), "How many of the latest decisions are told; 20 unless said."),
    ],
    output: [
      MCPField(
        "alerts",
        .list(.object),
        "Those of this id; none, and an error, when it was never seen.",
        required: true
      ),
      MCPField("near", .list(.text), "Ids like it, when there is none of this one.", required: true),
    ]
  )

  private static let explainTool = MCPTool(
    "explain",
    title: "What would become of an alert",
    note: "Which routes an alert would take, what would hold it, and why the others would not take it. Sends nothing.",
    scope: .read,
    effect: .reads,
    input: [
      MCPField("severity", .text, "critical, warning, info, or another word.", required: true),
      MCPField("category", .text, "Its category."),
      MCPField("source", .text, "The source that would hold it."), MCPField("labels", .named(.text), "Its labels."),
    ],
    output: [
      MCPField("routes", .list(.object), required: true), MCPField("outcome", .text, required: true),
    ]
  )

  private static func deadLettersTool(_ scopes: Set<Scope>) -> MCPTool {
    let mayMend = scopes.contains(.operate)
    let mending = [
      MCPField("ids", .list(.text), "For retry and drop: which, by delivery_id or as much of its end as no other has.")
    ]
    return MCPTool(
      "dead_letters",
      title: "Dead letters",
      note: "Messages that were given up: lists them with why and what to do"
        + (mayMend ? "; has them delivered after all (retry), or dismisses them (drop)." : "."),
      scope: .read,
      effect: mayMend ? .destroys : .reads,
      input: [
        MCPField("action", .choice(mayMend ? ["list", "retry", "drop"] : ["list"]), "list unless said."),
        MCPField("channel", .text, "For list: only those of this channel."), limit(200, "50"), cursor,
      ] + (mayMend ? mending : []),
      output: [
        MCPField("dead_letters", .list(.object), "The latest first; none after retry and drop.", required: true),
        MCPField("next_cursor", .orNull(.text), "For the next page; null on the last one.", required: true),
        MCPField("mended", .integer(0...Int.max), "How many were retried or dropped.", required: true),
      ]
    )
  }

  private static let sendTestAlertTool = MCPTool(
    "send_test_alert",
    title: "Send a test alert",
    note:
      "Sends a synthetic alert past all throttling to the channels of a severity, or to one channel. People get it.",
    scope: .test,
    effect: .adds,
    input: [
      MCPField("severity", .choice(["critical", "warning", "info"]), "To the channels of this; or give a channel."),
      MCPField("channel", .text, "To this channel; or give a severity."),
    ],
    output: [
      MCPField("success", .bool, "Whether every channel took it.", required: true),
      MCPField("severity", .text, required: true),
      MCPField("channel", .text, "The channels it was sent to, with commas between.", required: true),
      MCPField("alert_id", .text, required: true), MCPField("error", .text, "What went wrong, when something did."),
      MCPField("deploy_env", .text, required: true),
    ]
  )

  private static let silenceTool = MCPTool(
    "silence",
    title: "Silence alerts",
    note: "For a time, nobody is told of the alerts that match. What still fires at its end is told then.",
    scope: .operate,
    effect: .adds,
    input: [
      MCPField(
        "match",
        .record([
          MCPField("severity", .either(.text, .list(.text)), "A severity, warning+ for that and worse, or a list."),
          MCPField("category", patterns, "A category, a glob with *, /a regex/, {\"not\": …}, or a list."),
          MCPField("source", patterns, "Names of sources."), MCPField("labels", .named(patterns), "By label."),
        ]),
        "Which alerts, as in the routes of channels.json; at least one constraint.",
        required: true
      ),
      MCPField("for", .text, "For how long, such as 2h; or give until."),
      MCPField("until", .text, "Until when, such as 2026-11-25T07:00:00Z; or give for."),
      MCPField("comment", .text, "Why: whoever is on call next will want to know.", required: true),
    ],
    output: [
      MCPField("silence", .object, required: true), MCPField("matches_now", .integer(0...Int.max), required: true),
      MCPField("active_alerts", .integer(0...Int.max), required: true),
    ]
  )

  private static let ackTool = MCPTool(
    "ack",
    title: "Acknowledge an alert",
    note: "Someone takes an alert on: until it ends, nobody is reminded of it, and it does not escalate.",
    scope: .operate,
    effect: .adds,
    input: [
      MCPField("alert", .text, "The alert's id, or source/id.", required: true),
      MCPField("comment", .text, "What is done about it."),
    ],
    output: [
      MCPField("alert_id", .text, required: true), MCPField("source", .text, required: true),
      MCPField("stops", .list(.object), "The reminders and escalations that do not come now.", required: true),
    ]
  )

  private static let pattern = MCPShape.either(.text, .object)
  private static let patterns = MCPShape.either(pattern, .list(pattern))
  private static let cursor = MCPField("cursor", .text, "The next_cursor of the page before.")
  private static func limit(_ most: Int, _ otherwise: String) -> MCPField {
    MCPField("limit", .integer(1...most), "How many at most; \(otherwise) unless said.")
  }
}
