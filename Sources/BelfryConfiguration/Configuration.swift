// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The meaning of `channels.json`: checked, compiled and ready to use.
package struct Configuration: Sendable {
  package var channels: [ChannelName: ConfiguredChannel]
  package var rules: PolicyRules
  package var sources: [ConfiguredSource]
  /// How often sources are polled.
  package var interval: Duration
  package var state: StateLocation
  /// How long the ledger keeps what is over.
  package var keep: Duration
  package var audit: AuditPlace
  package var product: String
  package var cockpit: String
  /// Whether messages state why they were sent.
  package var showsWhy: Bool
  package var pulse: PulseSettings?
  /// Nil if there is no server.
  package var server: ServerSettings?
  /// What may be posted to the server in formats of other services.
  package var inputs: [InputSettings] = []
  /// Nil if nothing is investigated.
  package var wake: WakeSettings?
  /// Nil if no spans are sent.
  package var tracing: TracingSettings?
  /// The name of this deployment, such as `dev` or `prd`.
  package var deployment = "dev"
  /// The absolute path of the file's folder, to which relative paths refer.
  package var folder: String
  package var notes = RuleNotes()
  package var prints = ConfigurationFingerprints()
  /// The file's text as it may be shown: a secret in it reads `‹secret›`.
  package var shown = ""
  /// Whether the file itself contains secrets.
  package var holdsSecrets = false
  /// The absolute paths of the other files whose content is part of it.
  package var readFiles: Set<String> = []

  /// The input with that name; nil if there is none.
  package func input(named name: String) -> InputSettings? { inputs.first { $0.name.isExactly(name) } }

  /// The names that an alert's source can have, in the order in which an alert is searched.
  package var sourceNames: [SourceName] { sources.map(\.name) + inputs.map(\.source) + SourceName.builtIn }
}

/// The location of the ledger.
package enum StateLocation: Sendable, Hashable {
  case memory
  /// An absolute path.
  case file(String)
}

/// A channel and its common settings in `channels.json`.
package struct ConfiguredChannel: Sendable {
  package var name: ChannelName
  package var kind: ChannelKind
  package var channel: any NotificationChannel
  package var common: CommonSettings
  /// The rate limit; nil for none.
  package var rate: Rate?
  package var line: Int
  /// Masks the channel's secrets in answers of its service.
  package var redaction = Redaction()
  /// The reason why nothing can be sent: a required secret is empty; nil if there is none.
  package var gap: Uncomposable?
}

/// The keys that every channel accepts, whatever its kind.
package struct CommonSettings: Sendable {
  package var kind = ""
  package var timeout: Duration?
  package var concurrency: Count?
  package var rate: RateLimit?
  package var fallback: Located<ChannelName>?
  package var quiet: HoursSettings?
  package var only: HoursSettings?
  package var cap: CapSettings?
  package var template: MessageTemplate?
  package var note = ""

  private var limit: AttemptLimit? {
    get { timeout.map(AttemptLimit.init) }
    set { timeout = newValue?.duration }
  }

  package static let fields: [Field<CommonSettings>] = [
    .required("kind", \.kind, "The kind of channel.", example: "file"),
    .optional("timeout", \.limit, "How long one attempt may take.", otherwise: "10s"),
    .optional("concurrency", \.concurrency, "How many attempts may be in flight at once.", otherwise: "8"),
    .optional("rate", \.rate, "The maximum number of messages per time.", otherwise: "the limit of the service"),
    .optional("fallback", \.fallback, "The channel that sends what this one cannot.", otherwise: "none"),
    .optional("quiet", \.quiet, HoursSettings.quietNote, otherwise: "none"),
    .optional("only", \.only, HoursSettings.onlyNote, otherwise: "at any time"),
    .optional("cap", \.cap, CapSettings.note, otherwise: "none"),
    .optional("template", \.template, MessageTemplate.note, otherwise: "the built-in texts"),
    .optional("note", \.note, "Free text, shown beside the channel.", otherwise: "none"),
  ]
  package static let names = fields.map(\.name)
}
