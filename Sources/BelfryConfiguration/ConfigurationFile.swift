// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The top level of `channels.json` as written.
///
/// `Configuration` is its meaning.
package struct ConfigurationFile: Sendable {
  package var version = Count(1)
  package var schema = ""
  package var channels = RawNode()
  package var routes = RouteTree()
  package var mode: Mode?
  package var cooldown: CooldownSettings?
  package var burst: BurstSettings?
  package var digests = DigestList()
  package var times = TimesSettings()
  package var sources = RawNode()
  package var interval = Period(.seconds(180))
  package var state: StateLocation?
  package var keep = Located(Period(.seconds(90 * 86_400)), at: 0)
  package var audit: AuditSettings?
  package var unrouted: Unrouted?
  package var inhibit: [InhibitionSettings] = []
  package var flapping: FlappingSettings?
  package var expect: [ExpectationSettings] = []
  package var pulse: PulseSettings?
  package var server: ServerSettings?
  package var inputs = InputList()
  package var wake: WakeSettings?
  package var tracing: TracingSettings?
  package var why = true
  package var product = "Belfry"
  package var cockpit = WebAddress()
  package var deployment = "dev"
  package var severities: SeveritySettings?
  package var note = ""

  private var cockpitLink: LinkAddress {
    get { LinkAddress(cockpit) }
    set { cockpit = newValue.address }
  }

  package static let fields: [Field<ConfigurationFile>] = [
    .optional("$schema", \.schema, "For editors: the location of this file's schema.", otherwise: "none"),
    .optional("version", \.version, "The version of this file's format: 1.", otherwise: "1"),
    .required("channels", \.channels, "The ways to reach someone, by name."),
    .required("routes", \.routes, "Which alerts go to which channels, in order."),
    .optional(
      "mode",
      \.mode,
      "`digest`: critical alerts are sent at once, all others join the first digest.",
      otherwise: "immediate"
    ),
    .optional("cooldown", \.cooldown, CooldownSettings.note, otherwise: "30m by category"),
    .optional("burst", \.burst, BurstSettings.note, otherwise: "off"),
    .optional("digests", \.digests, "Digests, by name.", otherwise: "none"),
    .optional("times", \.times, TimesSettings.note, otherwise: "none"),
    .optional("sources", \.sources, "Where alerts come from, by name.", otherwise: "none"),
    .optional("interval", \.interval, "How often the sources are polled.", otherwise: "180s"),
    .optional(
      "state",
      \.state,
      "The ledger's file, or `memory` to keep nothing across a restart.",
      otherwise: "var/belfry.db"
    ),
    .optional(
      "keep",
      \.keep,
      "How long the ledger keeps alerts that ended, with their decisions and messages.",
      otherwise: "90d"
    ),
    .optional("audit", \.audit, AuditSettings.note, otherwise: "var/audit.jsonl"),
    .optional(
      "unrouted",
      \.unrouted,
      "`drop`: an alert that no route matches is not sent.",
      otherwise: "it is an error if an alert could match no route"
    ),
    .optional("inhibit", \.inhibit, InhibitionSettings.note, otherwise: "none"),
    .optional("flapping", \.flapping, FlappingSettings.note, otherwise: "off"),
    .optional("expect", \.expect, ExpectationSettings.note, otherwise: "none"),
    .optional("pulse", \.pulse, PulseSettings.note, otherwise: "off"),
    .optional("server", \.server, ServerSettings.note, otherwise: "off"),
    .optional("inputs", \.inputs, InputSettings.note, otherwise: "none"),
    .optional("wake", \.wake, WakeSettings.note, otherwise: "off"),
    .optional("tracing", \.tracing, TracingSettings.note, otherwise: "off"),
    .optional("why", \.why, "Whether the last line of each message says why it was sent.", otherwise: "true"),
    .optional("product", \.product, "The name that messages use for the monitored system.", otherwise: "Belfry"),
    .optional("cockpit", \.cockpitLink, "The base address for relative links of alerts.", otherwise: "none"),
    .optional(
      "deploy_env",
      \.deployment,
      "The name of this environment. If it is `prd`, MCP clients cannot send test alerts.",
      otherwise: "dev"
    ),
    .optional("severities", \.severities, SeveritySettings.note, otherwise: "critical, warning, info"),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]
}

/// What happens to an alert that no route takes.
package enum Unrouted: String, FieldChoice {
  case drop
}

extension StateLocation: FieldValue {
  package static var shape: FieldShape { .string("a path, or \"memory\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> StateLocation? {
    node.string == "memory" ? .memory : LocalPath.read(node, &report).map { .file($0.text) }
  }
  package var shown: String {
    switch self {
    case .memory: "\"memory\""
    case .file(let path): "\"\(path)\""
    }
  }
}

/// A value kept unparsed, to be read later.
package struct RawNode: FieldValue {
  package var node: JSONNode?
  package static var shape: FieldShape { .named(.object("an object")) }
  package static func read(_ node: JSONNode, _ report: inout Report) -> RawNode? {
    guard node.members != nil else {
      report.error("expected an object of named entries, found \(node.kindName).", at: node.offset)
      return nil
    }
    return RawNode(node: node)
  }
  package var shown: String { "" }
}
