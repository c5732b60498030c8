// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// A silence as posted to `POST /api/v2/silences`.
struct PostedSilence: Sendable, Hashable {
  /// Set to change an existing silence.
  var id: SilenceID?
  var matchers: [AlertmanagerMatcher]
  var startsAt: Instant
  var endsAt: Instant
  var author: String
  var comment: String

  private static let limits = JSONLimits(depth: 8, stringBytes: 1 << 16, numberBytes: 64, problems: 1)
  /// The most matchers: more than a person can read.
  private static let matcherLimit = 32

  init(_ body: [UInt8]) throws(Refusal) {
    let (tree, problems) = JSONTree.parse(SourceText(name: "the request", bytes: body), limits: PostedSilence.limits)
    guard problems.isEmpty, let node = tree, node.members != nil else {
      throw Refusal(.badRequest, problems.first.map { "invalid JSON: \($0.message)" } ?? "expected an object.")
    }
    id = node["id"]?.string.flatMap { $0.isEmpty ? nil : SilenceID($0) }
    startsAt = try PostedSilence.instant(node, "startsAt")
    endsAt = try PostedSilence.instant(node, "endsAt")
    author = (node["createdBy"]?.string ?? "").oneLine
    comment = (node["comment"]?.string ?? "").oneLine
    guard let list = node["matchers"]?.elements, !list.isEmpty else {
      throw Refusal(.badRequest, "matchers: at least one is required.")
    }
    guard list.count <= PostedSilence.matcherLimit else {
      throw Refusal(.badRequest, "matchers: at most \(PostedSilence.matcherLimit) are allowed.")
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
      throw Refusal(.badRequest, "matchers: each needs a name and a value.")
    }
    return AlertmanagerMatcher(
      name: name,
      value: value,
      isRegex: node["isRegex"].isTrue,
      isEqual: !node["isEqual"].isFalse
    )
  }

  /// The requested silence, without an identity; `named` is the one to change, which may have ended.
  ///
  /// Alertmanager's form has no hours, and no option to notify afterwards: those settings stay unchanged.
  func silence(changing named: Silence?, at now: Instant) throws(Refusal) -> Silence {
    guard endsAt > now else { throw Refusal(.badRequest, "the end is in the past.") }
    guard endsAt > startsAt else { throw Refusal(.badRequest, "the end is before the start.") }
    let known = named.flatMap { $0.isOver(at: now) ? nil : $0 }
    // As in Alertmanager, nothing is silenced in the past, and an active silence keeps its start.
    let start = known.map { $0.from <= now ? $0.from : max(startsAt, now) } ?? max(startsAt, now)
    return Silence(
      id: SilenceID(""),
      matcher: try matcher(changing: named),
      from: start,
      until: endsAt,
      hours: named?.hours,
      author: author,
      comment: comment,
      sendsAfterwards: named?.sendsAfterwards ?? true
    )
  }

  /// The matcher; if the client sent the matchers it was shown, exactly what the silence matched before.
  private func matcher(changing named: Silence?) throws(Refusal) -> Matcher {
    if let named {
      let shown = SilenceView(named)
      if Set(shown.matchers) == Set(matchers) { return named.matcher }
      guard shown.isExact else {
        throw Refusal(
          .badRequest,
          "matchers: the silence \(named.id) uses conditions that matchers cannot express (\(named.matcher.text.oneLine)), "
            + "which would be lost. Keep its matchers unchanged, or end it and create another."
        )
      }
    }
    let matcher = try kept(of: named)
    var memo = MatchMemo()
    let hasMore = matcher.severity != nil || matcher.category != nil || matcher.source != nil
    guard hasMore || !matcher.labels.allSatisfy({ $0.patterns.matches("", memo: &memo) }) else {
      throw Refusal(.badRequest, "matchers: at least one must not match an empty value.")
    }
    return matcher
  }

  /// The label matchers, except those that stand for the silence's conditions on severity, category or source.
  private func kept(of named: Silence?) throws(Refusal) -> Matcher {
    var rest = matchers
    var own = Matcher()
    for constraint in named.flatMap({ SilenceView.constraints(of: $0.matcher) }) ?? []
    where constraint.matchers.allSatisfy(rest.contains) {
      switch constraint.part {
      case .severity: own.severity = named?.matcher.severity
      case .category: own.category = named?.matcher.category
      case .source: own.source = named?.matcher.source
      case .label: continue
      }
      for matcher in constraint.matchers { rest.firstIndex(of: matcher).map { _ = rest.remove(at: $0) } }
    }
    own.labels = try Matcher(reading: rest).labels
    return own
  }
}

extension JSONNode? {
  fileprivate var isTrue: Bool { self?.value == .bool(true) }
  fileprivate var isFalse: Bool { self?.value == .bool(false) }
}
