// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A mail server's answer and its meaning: RFC 5321 §4.2 for the codes, RFC 3463 for the enhanced codes.
struct MailAnswer {
  private let reply: MailReply
  private let redaction: Redaction
  private let login: String

  /// Reads an answer; `login` is the name of the setting that holds the credentials.
  init(_ reply: MailReply, _ redaction: Redaction, login: String) {
    self.reply = reply
    self.redaction = redaction
    self.login = login
  }

  var verdict: Verdict {
    if (200...299).contains(reply.code) { return partial }
    // No recipient was refused: the server refused the session, or the message after accepting recipients.
    guard reply.accepted.isEmpty, !reply.refused.isEmpty else { return verdict(code: reply.code, text: reply.text) }
    // Other recipients got it in an earlier attempt.
    if reply.progress != nil { return partial }
    // No recipient was accepted. One that may be accepted later is worth another attempt.
    let refusals = reply.refused.map { verdict(code: $0.code, text: $0.text) }
    return refusals.first(where: \.isRetry) ?? refusals[0]
  }

  /// Some recipients got it, now or earlier; only those refused temporarily are tried again.
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
    let sentences = [("Refused: ", progress.refused), ("To be retried: ", progress.waiting)]
      .filter { !$0.1.isEmpty }.map { $0.0 + $0.1.joined(separator: ", ") + "." }
    let answers = reply.refused.map { "The mail server said of \($0.recipient.oneLine): \(tidy($0.text))" }
    let text = (sentences + answers).joined(separator: " ").truncated(to: 900)
    let first = reply.refused.first(where: mayBeTakenLater) ?? reply.refused.first
    let code = first.map { name(code: $0.code, text: $0.text) }
    return .partial(receipt, because: Verdict.Reason(code ?? "smtp_refused", text), retry: !progress.waiting.isEmpty)
  }

  /// Whether a refusal is temporary or due to too many recipients: 452 in RFC 5321 §4.5.3.1.10, 552 from old servers.
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

  /// The server's text, safe for a log.
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

  /// Codes of the login; servers add all kinds of enhanced codes to them.
  private static let surely: [Int: Verdict.Rejection] = [
    530: .operator, 534: .operator, 535: .operator, 538: .operator,
  ]

  private static let byCode: [Int: Verdict.Rejection] = [
    500: .operator, 501: .operator, 502: .operator, 503: .operator, 504: .operator, 521: .operator,
    550: .target, 551: .target, 553: .target, 556: .target,
    552: .payload, 554: .payload, 555: .payload,
  ]

  /// Meanings by the second number of an enhanced code: address, mailbox, mail system, network, protocol, content,
  /// policy.
  private static let bySubject: [Int: Verdict.Rejection] = [
    1: .target, 2: .target, 3: .target, 4: .target, 5: .payload, 6: .payload, 7: .operator,
  ]

  /// Meanings where the third number matters: a refused sender, and messages that are too large.
  private static let byDetail: [String: Verdict.Rejection] = [
    "1.7": .operator, "1.8": .operator, "2.3": .payload, "3.4": .payload, "5.3": .operator, "6.7": .target,
  ]
}

/// An enhanced code, such as `5.1.1`, at the start of a reply's text.
private struct EnhancedCode {
  let text: String
  let subject: Int
  let detail: Int

  /// Whether it means too many recipients (RFC 3463 §3.6).
  var isAboutCount: Bool { subject == 5 && detail == 3 }

  /// Parses the code; nil if there is none, or if its class differs from the reply code's, which makes it unreliable.
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
