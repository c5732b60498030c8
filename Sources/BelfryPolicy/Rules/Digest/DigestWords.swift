// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension DigestHold {
  static var counted: String { "waiting for a digest" }

  var words: String { "the digest \(key)" }
  func holding(_ detail: String) -> String { "joins the digest \(key)" }
  func release(isActive: Bool) -> String { "in the digest \(key)" }
  var ended: String { "digest \(key)" }
  var holder: String { "the digest \(key)" }
  func standing(until: String, rule: String) -> String { "waiting \(until) for the digest \(key)\(rule)" }
  func next(rule: String) -> String { "sent with the digest \(key)\(rule)" }
  var timer: String { "digest \"\(key)\"" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    guard case .digest(let digest, let rule) = question.throttle else { return [] }
    return [.init("digest \(digest.name): waits for the next one", rule)]
  }
}
