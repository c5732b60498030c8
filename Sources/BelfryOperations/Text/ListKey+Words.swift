// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryPolicy

extension ListKey {
  /// The hold as a person calls it: `the cooldown for category=disk`.
  package var words: String {
    switch self {
    case .cooldown(let key): "the cooldown" + ListKey.of(key)
    case .digest(let name): "the digest \(name)"
    case .group(let key): "the group" + (key.values.isEmpty ? "" : " \(key.values)")
    case .burst: "the burst"
    case .silence(let id): "the silence \(id)"
    case .quiet(.route): "the quiet hours of its route"
    case .quiet(.channel(let channel)): "the quiet hours of \(channel)"
    case .inhibition(let key): "the inhibition" + (key.values.isEmpty ? "" : " of \(key.values)")
    case .expectation(let id): "the expected alert \(id)"
    }
  }

  /// Whether `words` is a plural.
  package var isPlural: Bool { if case .quiet = self { true } else { false } }

  private static func of(_ key: HoldKey) -> String { key.values.isEmpty ? "" : " for \(key.values)" }
}
