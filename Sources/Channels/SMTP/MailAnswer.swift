// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What a mail server said, and what it means: RFC 5321 §4.2 for the codes, RFC 3463 for the enhanced ones.
struct MailAnswer {
  private let reply: MailReply
  private let redaction: Redaction
  private let login: String

  /// Reads an answer; `login` is the setting that proves who logs in.
  init(_ reply: MailReply, _ redaction: Redaction, login: String) {
    self.reply = reply
    self.redaction = redaction
    self.login = login
  }

  var verdict: Verdict {
    if (200...299).contains(reply.code) { return partial }
    // Not the recipients: the server refused the session, or the message that it had accepted recipients for.
    guard reply.accepted.isEmpty, !reply.refused.isEmpty else { return verdict(code: reply.code, text: reply.text) }
    // Others have it from an earlier attempt.
    if reply.progress != nil { return partial }
    // Nobody was accepted. A recipient that may be accepted later is worth another try.
    let refusals = reply.refused.map { verdict(code: $0.code, text: $0.text) }
    return refusals.first(where: \.isRetry) ?? refusals[0]
  }

  /// Some have it, now or since earlier: who was refused for now is to be tried again, and nobody else.
  private var partial: Verdict {
    var progress = MailProgress()
    progress.refused = reply.progress.map(MailProgress.init)?.refused ?? []
    for refusal in reply.refused {
      if mayBeTakenLater(refusal) {
        progress.waiting.append(refusal.recipient)
      } else {
        let enhanced = EnhancedCode(refusal.text, of: refusal.code).map { " \($0.text)" } ?? ""
        progress.refused.append("\(refusal.recipient.oneLine) \(refusal.code)\(enhanced)")
      }
    }
    let receipt = receipt(progress)
    if progress.waiting.isEmpty, progress.refused.isEmpty { return .delivered(receipt) }
    let sentences = [("Refused: ", progress.refused), ("To be tried again: ", progress.waiting)]
      .filter { !$0.1.isEmpty }.map { $0.0 + $0.1.joined(separator: ", ") + "." }
    let answers = reply.refused.map { "The mail server said of \($0.recipient.oneLine): \(tidy($0.text))" }
    let text = (sentences + answers).joined(separator: " ").truncated(to: 900)
    let first = reply.refused.first(where: mayBeTakenLater) ?? reply.refused.first
    let code = first.map { name(code: $0.code, text: $0.text) }
    return .partial(receipt, because: Verdict.Reason(code ?? "smtp_refused", text), retry: !progress.waiting.isEmpty)
  }

  /// A temporary refusal, or one of too many recipients at once: RFC 5321 §4.5.3.1.10 has 452 for those, and old servers
  /// 552.
  private func mayBeTakenLater(_ refusal: MailReply.Refusal) -> Bool {
    let enhanced = EnhancedCode(refusal.text, of: refusal.code)
    let isTooMany = refusal.code == 552 && !reply.accepted.isEmpty && (enhanced?.isAboutCount ?? true)
    return (400...499).contains(refusal.code) || isTooMany
  }

  private func receipt(_ progress: MailProgress) -> Receipt {
    var values: Labels = [:]
    if !reply.messageID.isEmpty { values["message-id"] = reply.messageID }
    let said = tidy(reply.text)
    if !said.isEmpty { values["answer"] = said }
    for (name, text) in progress.values { values[name] = text }
    return Receipt(values)
  }

  /// What the server said, as it may stand in a log.
  private func tidy(_ text: String) -> String {
    redaction.masked(text).oneLine.truncated(to: 200)
  }

  private func verdict(code: Int, text: String) -> Verdict {
    let enhanced = EnhancedCode(text, of: code)
    let said = tidy(text)
    let remedy = MailAnswer.surely[code] == nil ? "" : " (Check `username` and `\(login)`.)"
    let reason = Verdict.Reason(name(code: code, text: text), "The mail server said: \(said)\(remedy)")
    switch code {
    case 400...499: return .retry(after: nil, because: reason)
    case 500...599: return .rejected(MailAnswer.rejection(code: code, enhanced: enhanced), because: reason)
    default: return .ambiguous(because: reason)
    }
  }

  private func name(code: Int, text: String) -> String {
    "smtp_\(code)" + (EnhancedCode(text, of: code).map { "_\($0.text)" } ?? "")
  }

  private static func rejection(code: Int, enhanced: EnhancedCode?) -> Verdict.Rejection {
    if let sure = surely[code] { return sure }
    guard let enhanced else { return byCode[code] ?? .payload }
    return byDetail["\(enhanced.subject).\(enhanced.detail)"] ?? bySubject[enhanced.subject] ?? byCode[code] ?? .payload
  }

  /// Codes of the login: servers add enhanced codes of all kinds to them.
  private static let surely: [Int: Verdict.Rejection] = [
    530: .operator, 534: .operator, 535: .operator, 538: .operator,
  ]

  private static let byCode: [Int: Verdict.Rejection] = [
    500: .operator, 501: .operator, 502: .operator, 503: .operator, 504: .operator, 521: .operator,
    550: .target, 551: .target, 553: .target, 556: .target,
    552: .payload, 554: .payload, 555: .payload,
  ]

  /// The second number of an enhanced code: address, mailbox, mail system, network, protocol, content, policy.
  private static let bySubject: [Int: Verdict.Rejection] = [
    1: .target, 2: .target, 3: .target, 4: .target, 5: .payload, 6: .payload, 7: .operator,
  ]

  /// Where the third number says otherwise: a sender that is refused, and messages too large.
  private static let byDetail: [String: Verdict.Rejection] = [
    "1.7": .operator, "1.8": .operator, "2.3": .payload, "3.4": .payload, "5.3": .operator, "6.7": .target,
  ]
}

/// A code such as `5.1.1` at the front of a reply's text.
private struct EnhancedCode {
  let text: String
  let subject: Int
  let detail: Int

  /// Too many recipients (RFC 3463 §3.6).
  var isAboutCount: Bool { subject == 5 && detail == 3 }

  /// Nil when there is none, or one of another class than the reply code: then it cannot be trusted.
  init?(_ said: String, of code: Int) {
    let word = said.prefix { !$0.isWhitespace }
    let numbers = word.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 3, numbers[0] == code / 100, let subject = numbers[1], let detail = numbers[2],
      (0...999).contains(subject), (0...999).contains(detail)
    else { return nil }
    text = String(word)
    self.subject = subject
    self.detail = detail
  }
}

extension Verdict {
  fileprivate var isRetry: Bool { if case .retry = self { true } else { false } }
}
