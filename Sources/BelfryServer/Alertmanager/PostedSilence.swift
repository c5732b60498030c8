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

  /// The silence that is asked for, under an identity; `named` is the one that it names, which may be over.
  ///
  /// Hours, and whether people are notified afterwards, have no place in Alertmanager's form: they stay as they are.
  func silence(_ id: SilenceID, changing named: Silence?, at now: Instant) throws(Refusal) -> Silence {
    guard endsAt > now else { throw Refusal(.badRequest, "it would end in the past.") }
    guard endsAt > startsAt else { throw Refusal(.badRequest, "it would end before it starts.") }
    let known = named.flatMap { $0.isOver(at: now) ? nil : $0 }
    // As Alertmanager: nothing is silenced in the past, and one that holds already began when it did.
    let start = known.map { $0.from <= now ? $0.from : max(startsAt, now) } ?? max(startsAt, now)
    return Silence(
      id: id,
      matcher: try matcher(changing: named),
      from: start,
      until: endsAt,
      hours: named?.hours,
      author: author,
      comment: comment,
      tellsAfterwards: named?.tellsAfterwards ?? true
    )
  }

  /// What it matches; where the matchers are those that a client was shown, exactly what the silence matched before.
  private func matcher(changing named: Silence?) throws(Refusal) -> Matcher {
    if let named {
      let shown = SilenceView(named)
      if Set(shown.matchers) == Set(matchers) { return named.matcher }
      guard shown.isExact else {
        throw Refusal(
          .badRequest,
          "matchers: the silence \(named.id) matches what matchers cannot say (\(named.matcher.text.oneLine)), and would lose "
            + "that. Leave its matchers as they are, or end it and make another."
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

  /// The matchers as labels, but for those that stand for what the silence asks of an alert's own severity, category or source.
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
    own.labels = try Matcher(rest).labels
    return own
  }
}

extension JSONNode? {
  fileprivate var isTrue: Bool { self?.value == .bool(true) }
  fileprivate var isFalse: Bool { self?.value == .bool(false) }
}
