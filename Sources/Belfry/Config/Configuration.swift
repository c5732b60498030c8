// SPDX-License-Identifier: Apache-2.0

/// What `channels.json` means: checked, compiled, ready to be used.
package struct Configuration: Sendable {
  package var channels: [ChannelName: ConfiguredChannel]
  package var rules: PolicyRules
  package var sources: [SourceSettings]
  /// How often the sources are read.
  package var interval: Duration
  package var state: StateLocation
  package var audit: AuditPlace
  package var product: String
  package var cockpit: String
  /// Whether a message says why it came.
  package var showsWhy: Bool
  package var pulse: PulseSettings?
  /// Nil when nothing is to be served.
  package var server: ServerSettings?
  /// Nil when nobody is to look into anything.
  package var wake: WakeSettings?
  /// Nil when no spans are sent.
  package var tracing: TracingSettings?
  /// What this installation is, such as `dev` or `prd`.
  package var deployment = "dev"
  /// The absolute folder of the file, where relative paths start.
  package var folder: String
  package var notes = RuleNotes()
  package var prints = ConfigurationPrints()
  /// The file as it may be shown: a secret that is written into it reads `‹secret›`.
  package var shown = ""
  /// Whether a secret is written into the file.
  package var holdsSecrets = false
}

/// Where the ledger is.
package enum StateLocation: Sendable, Hashable {
  case memory
  /// An absolute path.
  case file(String)
}

/// A channel and what `channels.json` says of it besides its own settings.
package struct ConfiguredChannel: Sendable {
  package var name: ChannelName
  package var kind: ChannelKind
  package var channel: any NotificationChannel
  package var common: CommonSettings
  /// How many messages are sent at most; nil for as many as there are.
  package var rate: Rate?
  package var line: Int
  /// What was read for it and is not to be shown, whatever its service says.
  package var redaction = Redaction()
}

/// What every channel takes, whatever its kind.
package struct CommonSettings: Sendable {
  package var kind = ""
  package var timeout: Duration?
  package var concurrency: Count?
  package var rate: RateLimit?
  package var fallback: Located<ChannelName>?
  package var quiet: QuietSettings?
  package var note = ""

  private var limit: AttemptLimit? {
    get { timeout.map(AttemptLimit.init) }
    set { timeout = newValue?.duration }
  }

  package static let fields: [Field<CommonSettings>] = [
    .required("kind", \.kind, "Which kind of channel it is.", example: "file"),
    .optional("timeout", \.limit, "How long one attempt may take.", otherwise: "10s"),
    .optional("concurrency", \.concurrency, "How many attempts may be under way at once.", otherwise: "8"),
    .optional("rate", \.rate, "How many messages are sent at most.", otherwise: "as the kind's service takes it"),
    .optional("fallback", \.fallback, "The channel that tells what this one cannot.", otherwise: "none"),
    .optional("quiet", \.quiet, QuietSettings.note, otherwise: "none"),
    .optional("note", \.note, "Free text of yours, shown beside the channel.", otherwise: "none"),
  ]
  package static let names = fields.map(\.name)
}

/// Everything the policy goes by.
package struct PolicyRules: Sendable {
  package var table: RoutingTable
  package var mode: Mode
  package var modeRule: Rule
  /// The cooldown for routes that have none of their own; nil when it is off.
  package var cooldown: CooldownRule?
  /// The burst for routes that have none of their own; nil when it is off.
  package var burst: BurstRule?
  /// In the order of the file.
  package var digests: [DigestRule]
  /// The rule that drops what no route takes; nil when no alert can be without a route.
  package var unrouted: Rule?
  package var inhibitions: [InhibitionRule] = []
  package var flapping: FlappingRule?
  /// By the id of the alert that is expected.
  package var expectations: [ExactText: ExpectationRule] = [:]
  /// The quiet hours of channels that have some.
  package var channelQuiet: [ChannelName: QuietRule] = [:]

  package func digest(_ name: String) -> DigestRule? { digests.first { $0.name == name } }
}
