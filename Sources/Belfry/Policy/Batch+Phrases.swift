// SPDX-License-Identifier: Apache-2.0

// What lets go of an alert, in words, and the rule behind it.
extension Batch {
  /// Why an alert is told now that waited in a list.
  func phrase(_ list: ListKey, of placing: Placing) -> String {
    let state = placing.record.isActive ? "it still fires" : "it resolved meanwhile"
    switch list {
    case .cooldown: return "its cooldown ended and \(state)"
    case .digest(let name): return "in the digest \(name)"
    case .group: return "told with its group"
    case .burst: return "the burst goes on"
    case .silence(let id): return "the silence \(id) ended and \(state)"
    case .quiet: return "quiet hours ended and \(state)"
    case .inhibition: return "what muted it ended and \(state)"
    case .expectation: return "it was expected"
    }
  }

  /// The same of a message about all that waited there.
  func reason(_ list: ListKey) -> String {
    switch list {
    case .cooldown: "window ended"
    case .digest(let name): "digest \(name)"
    case .group: "group"
    case .burst: "the burst goes on"
    case .silence(let id): "the silence \(id) ended"
    case .quiet: "quiet hours ended"
    case .inhibition: "what muted it ended"
    case .expectation: "it was expected"
    }
  }

  /// The rule by which an alert waited in a list.
  func rule(of list: ListKey, _ placing: Placing) -> Rule {
    let routes = placing.routes
    let found: Rule?
    switch list {
    case .cooldown(let key):
      found = routes.first { cooldown.key(for: placing.alert, on: $0) == key }.flatMap { cooldown.rule(for: $0)?.rule }
    case .digest(let name): found = rules.digest(name)?.rule
    case .group: found = routes.lazy.compactMap(\.group).first?.rule
    case .burst: found = (routes.lazy.compactMap(\.burst).first ?? rules.burst)?.rule
    case .silence(let id): found = .silence(id)
    case .quiet: found = (routes.lazy.compactMap(\.quiet).first ?? quiet(of: routes))?.rule
    case .inhibition(let key):
      found = rules.inhibitions.first { key.text.utf8.starts(with: $0.identity.utf8) }?.rule
    case .expectation(let id): found = rules.expectations[id]?.rule
    }
    return found ?? routes.first?.rule ?? Rule(path: "routes", line: 0)
  }

  private func quiet(of routes: [Route]) -> QuietRule? {
    routes.lazy.flatMap(\.to).compactMap { rules.channelQuiet[$0] }.first
  }
}
