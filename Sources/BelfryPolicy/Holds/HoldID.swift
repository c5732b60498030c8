// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Names a hold: the rule that keeps alerts waiting, the list of alerts that wait for it, and its state in the ledger.
package struct HoldID: Sendable, Hashable, CustomStringConvertible {
  // Not the hold itself: these are small, and compare without a question to the kind.
  private let type: any Hold.Type
  private let key: ExactText

  init<Kind: Hold>(_ hold: Kind) {
    type = Kind.self
    key = hold.key
  }

  /// Reads the output of `description`.
  package init?(text: some StringProtocol) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = text.utf8[..<colon]
    let key = ExactText(String(Substring(text)[text.utf8.index(after: colon)...]))
    guard let kind = RuleKinds.holds.first(where: { name.elementsEqual($0.name.utf8) }),
      kind.isKey(key)
    else { return nil }
    self.type = kind
    self.key = key
  }

  /// The hold that it names.
  var hold: any Hold { type.init(key: key) }

  /// `cooldown:category=disk` or `digest:daily`.
  package var description: String { kind + ":" + key.text }

  /// The kind of hold, such as `cooldown`.
  package var kind: String { type.name }

  /// Whether the alerts in it are muted: a person or a rule wants no messages about them for now.
  package var isMute: Bool { type.isMute }

  /// Whether it holds messages that all other rules let pass.
  var isLast: Bool { type.isLast }

  /// The hold as one of its own kind; nil if it is of another.
  func `as`<Kind: Hold>(_ kind: Kind.Type) -> Kind? { type == kind ? Kind(key: key) : nil }

  package static func == (left: HoldID, right: HoldID) -> Bool {
    left.type == right.type && left.key == right.key
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(type))
    hasher.combine(key)
  }
}

/// The values that the alerts of one hold share, such as `category=disk_full`.
package struct GroupKey: Sendable, Hashable {
  @ExactText package private(set) var text: String
  package init(_ text: String) { self.text = text }
  init(_ text: ExactText) { _text = text }

  var exact: ExactText { _text }

  /// The shared values without the identity of the route in front of them: `category=disk`.
  ///
  /// An identity is a hash of 16 hexadecimal digits. It stands alone, or a colon follows.
  package var values: String {
    let bytes = text.utf8
    let rest = bytes.dropFirst(16)
    let isScoped = bytes.count >= 16 && bytes.prefix(16).allSatisfy { "0123456789abcdef".utf8.contains($0) }
    guard isScoped, rest.first.map({ $0 == UInt8(ascii: ":") }) ?? true else { return text }
    return String(Substring(rest.dropFirst()))
  }
}
