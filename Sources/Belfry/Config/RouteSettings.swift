// SPDX-License-Identifier: Apache-2.0

/// One entry of `routes` as it is written.
package struct RouteSettings: FieldValue {
  package var match = Matcher()
  package var to: [Located<ChannelName>] = []
  package var continues = false
  package var cooldown: CooldownSettings?
  package var burst: BurstSettings?
  package var digest: Located<String>?
  package var resolved = false
  package var note = ""
  package var offset = 0

  package static var shape: FieldShape { .object("a route: an object with match, to and what else it says") }

  package static let fields: [Field<RouteSettings>] = [
    .optional("match", \.match, "Which alerts it takes.", otherwise: "every alert"),
    .optional("to", \.to, "The channels that are told: one or a list.", otherwise: "the channels of its digest"),
    .optional("continue", \.continues, "Whether the routes after it are looked at too.", otherwise: "false"),
    .optional("cooldown", \.cooldown, CooldownSettings.note, otherwise: "the cooldown at the top of the file"),
    .optional("burst", \.burst, BurstSettings.note, otherwise: "the burst at the top of the file"),
    .optional("digest", \.digest, "The digest its alerts join instead of being told at once.", otherwise: "none"),
    .optional("resolved", \.resolved, "Whether the end of an alert that was told is told too.", otherwise: "false"),
    .optional("note", \.note, "Free text of yours, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> RouteSettings? {
    var route = RouteSettings()
    route.offset = node.offset
    let errors = report.errorCount
    Field.decode(fields, from: node, into: &route, report: &report)
    guard report.errorCount == errors else { return nil }
    if route.to.isEmpty && route.digest == nil {
      report.error("the route leads nowhere.", at: node.offset, remedy: "Add \"to\" with a channel, or \"digest\".")
      return nil
    }
    return route
  }

  package var shown: String { match.text }
}

/// `cooldown` as it is written: a duration, or an object.
package struct CooldownSettings: FieldValue {
  package var window: Duration = .seconds(1800)
  package var by: [CooldownRule.CooldownKey] = [.category]
  package var note = ""
  package var offset = 0

  static let note = "After something was told, how long what is like it and no worse is held back; `\"0s\"` is off."
  package static var shape: FieldShape { .oneOf([Duration.shape, .object("an object with window and by")]) }

  static let fields: [Field<CooldownSettings>] = [
    .optional("window", \.window, "How long.", otherwise: "30m"),
    .optional(
      "by",
      \.byNames,
      "What alerts share that are alike: category, source, severity, or names of labels.",
      otherwise: "category"
    ),
    .optional("note", \.note, "Free text of yours, shown beside the rule.", otherwise: "none"),
  ]

  private var byNames: [String] {
    get { by.map(\.name) }
    set { by = newValue.map { CooldownRule.CooldownKey($0) } }
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> CooldownSettings? {
    var settings = CooldownSettings()
    settings.offset = node.offset
    guard node.members != nil else {
      return Duration.read(node, &report).map {
        settings.window = $0
        return settings
      }
    }
    let errors = report.errorCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    return report.errorCount == errors ? settings : nil
  }

  package var shown: String { window.text }
}

/// `burst` as it is written.
package struct BurstSettings: FieldValue {
  package var over = Count(5)
  package var to: [Located<ChannelName>] = []
  package var note = ""
  package var offset = 0

  static let note = "How many alerts at once are told as one summary."
  package static var shape: FieldShape { .object("an object with over and to") }

  static let fields: [Field<BurstSettings>] = [
    .required("over", \.over, "More than this many new alerts in one cycle become one summary.", example: "5"),
    .optional("to", \.to, "Where the summary goes.", otherwise: "to each channel, what was bound for it"),
    .optional("note", \.note, "Free text of yours, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> BurstSettings? {
    var settings = BurstSettings()
    settings.offset = node.offset
    let errors = report.errorCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    return report.errorCount == errors ? settings : nil
  }

  package var shown: String { "over \(over.value)" }
}

/// A digest as it is written: `every`, or `at` with `days` and `timezone`.
package struct DigestSettings: FieldValue {
  package var every: Duration?
  package var at: TimeOfDay?
  package var days: [WeekdaySpan] = []
  package var timezone: TimeZoneName?
  package var to: [Located<ChannelName>] = []
  package var note = ""
  package var offset = 0

  package static var shape: FieldShape { .object("a digest: an object with every or at, and to") }

  package static let fields: [Field<DigestSettings>] = [
    .optional("every", \.every, "Its period, such as `24h`.", otherwise: "it goes by `at`"),
    .optional("at", \.at, "The time of day, such as `09:00`.", otherwise: "it goes by `every`"),
    .optional("days", \.days, "The days it goes out on, such as `mon-fri`, with `at`.", otherwise: "every day"),
    .optional("timezone", \.timezone, "The time zone of `at`, such as `Europe/Paris`.", otherwise: "UTC"),
    .required("to", \.to, "The channels it goes to.", example: "mail"),
    .optional("note", \.note, "Free text of yours, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> DigestSettings? {
    var digest = DigestSettings()
    digest.offset = node.offset
    let errors = report.errorCount
    Field.decode(fields, from: node, into: &digest, report: &report)
    guard report.errorCount == errors else { return nil }
    return digest.isSound(at: node.offset, &report) ? digest : nil
  }

  private func isSound(at offset: Int, _ report: inout Report) -> Bool {
    if (every == nil) == (at == nil) {
      let what = every == nil ? "neither" : "both"
      report.error("it has \(what) of `every` and `at`.", at: offset, remedy: "Write one of them.")
      return false
    }
    if let every, every < .seconds(1) {
      report.error("a digest cannot go out more than once a second.", at: offset, remedy: "Write a longer `every`.")
      return false
    }
    if at == nil, !days.isEmpty || timezone != nil {
      report.error("`days` and `timezone` belong to `at`.", at: offset, remedy: "Write `at`, or leave them out.")
      return false
    }
    return true
  }

  package var shown: String { every?.text ?? at?.text ?? "" }
}
