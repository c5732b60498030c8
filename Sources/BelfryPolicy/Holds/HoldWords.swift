// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// How people read about a hold.
protocol HoldWords {
  /// The hold as a person calls it: `the cooldown for category=disk`.
  var words: String { get }
  /// Whether `words` is a plural.
  static var isPlural: Bool { get }
  /// Why an alert waits, as a clause; the detail is that of `Decision.Cause.Factor.held`.
  func holding(_ detail: String) -> String
  /// Why an alert that waited in it is notified now, as a clause.
  func release(isActive: Bool) -> String
  /// Why a message about everything that waited in it is sent, as a clause.
  var ended: String { get }
  /// What it is to an alert that it holds: `its cooldown`.
  var holder: String { get }
  /// How an alert that waits in it stands: `waiting until 09:00 for the digest daily`; `rule` follows in parentheses.
  func standing(until: String, rule: String) -> String
  /// What happens at its end: `the cooldown for category=disk ends; sent then if still firing`.
  func next(rule: String) -> String
  /// What its timer stands for: `cooldown for category=disk ends`.
  var timer: String { get }
  /// What is counted of a cycle's alerts that wait in it: `held by a cooldown`.
  static var counted: String { get }
}

extension HoldWords {
  static var isPlural: Bool { false }
  static var counted: String { "muted" }
  private var ends: String { Self.isPlural ? "end" : "ends" }
  func next(rule: String) -> String { "\(words) \(ends); sent then if still firing\(rule)" }
  var timer: String { "\(words) \(ends)" }
}

extension HoldID {
  /// The hold as a person calls it: `the cooldown for category=disk`.
  package var words: String { hold.words }
  /// How an alert that waits in it stands: `waiting until 09:00 for the digest daily`.
  package func standing(until: String, rule: String) -> String { hold.standing(until: until, rule: rule) }
  /// What happens at its end: `the cooldown for category=disk ends; sent then if still firing`.
  package func next(rule: String) -> String { hold.next(rule: rule) }
  /// What its timer stands for: `cooldown for category=disk ends`.
  package var timer: String { hold.timer }

  /// What is counted of a cycle's alerts that wait, such as `held by a cooldown`, each with the kinds of hold.
  package static let counted: [(text: String, kinds: [String])] = RuleKinds.holds.reduce(into: []) { all, kind in
    if let index = all.firstIndex(where: { $0.text == kind.counted }) {
      all[index].kinds.append(kind.name)
    } else {
      all.append((kind.counted, [kind.name]))
    }
  }
}

extension String {
  /// The text after a separator; empty if the text is empty.
  func after(_ separator: String) -> String { isEmpty ? "" : separator + self }
}

extension Bool {
  /// How an active or a resolved alert stands when a hold ends.
  var firingText: String { self ? "it is still firing" : "it has resolved" }
}
