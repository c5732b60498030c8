// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
internal import BelfryPolicy

/// The server's tokens, compared in constant time.
struct TokenRing: Sendable {
  private struct Entry: Sendable {
    var caller: Caller
    var hash: [UInt8]
  }

  private let entries: [Entry]

  init(_ tokens: [ServerToken]) {
    entries = tokens.map { token in
      let caller = Caller(name: token.name, scopes: Set(token.scopes))
      return Entry(caller: caller, hash: SHA256.hash(Array(token.secret.reveal().utf8)))
    }
  }

  var isEmpty: Bool { entries.isEmpty }

  /// The caller whose token has this name.
  func caller(named name: String) -> Caller? { entries.first { $0.caller.name == name }?.caller }

  /// The caller with this token; nil if there is none.
  ///
  /// All hashes are compared every time: neither a secret's length nor its place in the list affects how long the
  /// answer takes.
  func caller(with token: some StringProtocol) -> Caller? {
    let hash = SHA256.hash(Array(token.utf8))
    var found: Caller?
    for entry in entries where SHA256.isEqual(entry.hash, hash) { found = entry.caller }
    return found
  }
}

/// A caller, and its scopes.
package struct Caller: Sendable, Hashable {
  package var name: String
  package var scopes: Set<Scope>

  package init(name: String, scopes: Set<Scope>) {
    self.name = name
    self.scopes = scopes
  }

  /// The caller if no tokens are configured: someone on this machine.
  static let local = Caller(name: "local", scopes: Set(Scope.allCases))
}
