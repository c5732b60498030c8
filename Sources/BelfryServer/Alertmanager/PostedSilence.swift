// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A silence as `POST /api/v2/silences` says it.
struct PostedSilence: Sendable, Hashable {
  /// Set where one that there is already is to be changed.
  var id: SilenceID?
  var matchers: [AlertmanagerMatcher]
  var startsAt: Instant
  var endsAt: Instant
  var author: String
  var comment: String

  private static let limits = JSONLimits(depth: 8, stringBytes: 1 << 16, numberBytes: 64, problems: 1)
  /// More would be no rule that a person can read.
  private static let matcherLimit = 32

  init(_ body: [UInt8]) throws(Refusal) {
    let (tree, problems) = JSONTree.parse(SourceText(name: "the request", bytes: body), limits: PostedSilence.limits)
    guard problems.isEmpty, let node = tree, node.members != nil else {
      throw Refusal(.badRequest, problems.first.map { "no JSON: \($0.message)" } ?? "expected an object.")
    }
    id = node["id"]?.string.flatMap { $0.isEmpty ? nil : SilenceID($0) }
    startsAt = try PostedSilence.instant(node, "startsAt")
    endsAt = try PostedSilence.instant(node, "endsAt")
    author = (node["createdBy"]?.string ?? "").oneLine
    comment = (node["comment"]?.string ?? "").oneLine
    guard let list = node["matchers"]?.elements, !list.isEmpty else {
      throw Refusal(.badRequest, "matchers: at least one is needed.")
    }
    guard list.count <= PostedSilence.matcherLimit else {
      throw Refusal(.badRequest, "matchers: \(PostedSilence.matcherLimit) at most.")
    }
    matchers = try list.map { node throws(Refusal) in try PostedSilence.matcher(node) }
  }

  private static func instant(_ node: JSONNode, _ name: String) throws(Refusal) -> Instant {
    guard let moment = node[name]?.string.flatMap({ Instant(iso8601: $0) }) else {
      throw Refusal(.badRequest, "\(name): expected a time such as 2026-11-23T17:00:00Z.")
    }
    return moment
  }

  private static func matcher(_ node: JSONNode) throws(Refusal) -> AlertmanagerMatcher {
    guard let name = node["name"]?.string, !name.isEmpty, let value = node["value"]?.string else {
      throw Refusal(.badRequest, "matchers: each has a name and a value.")
    }
    return AlertmanagerMatcher(
      name: name,
      value: value,
      isRegex: node["isRegex"].isTrue,
      isEqual: !node["isEqual"].isFalse
    )
  }

  /// The silence that is asked for, under an identity; `known` is the one that it takes the place of.
  func silence(_ id: SilenceID, replacing known: Silence?, at now: Instant) throws(Refusal) -> Silence {
    guard endsAt > now else { throw Refusal(.badRequest, "it would end in the past.") }
    guard endsAt > startsAt else { throw Refusal(.badRequest, "it would end before it starts.") }
    let matcher = try Matcher(matchers)
    var memo = MatchMemo()
    guard !matcher.labels.allSatisfy({ $0.patterns.matches("", memo: &memo) }) else {
      throw Refusal(.badRequest, "matchers: at least one must not match an empty value.")
    }
    // As Alertmanager: nothing is silenced in the past, and one that holds already began when it did.
    let start = known.map { $0.from <= now ? $0.from : max(startsAt, now) } ?? max(startsAt, now)
    return Silence(id: id, matcher: matcher, from: start, until: endsAt, author: author, comment: comment)
  }
}

extension JSONNode? {
  fileprivate var isTrue: Bool { self?.value == .bool(true) }
  fileprivate var isFalse: Bool { self?.value == .bool(false) }
}
