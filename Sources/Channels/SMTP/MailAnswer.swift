// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What a mail server said, and what it means: RFC 5321 §4.2 for the codes, RFC 3463 for the enhanced ones.
struct MailAnswer {
  private let reply: MailReply
  private let password: Secret

  init(_ reply: MailReply, hiding password: Secret) {
    self.reply = reply
    self.password = password
  }

  var verdict: Verdict {
    if (200...299).contains(reply.code) { return .delivered(receipt) }
    // Nobody was accepted. A recipient that may be accepted later is worth another try.
    let refusals = reply.refused.map { verdict(code: $0.code, text: $0.text) }
    if let retry = refusals.first(where: \.isRetry) { return retry }
    return refusals.first ?? verdict(code: reply.code, text: reply.text)
  }

  /// Who was refused while others were accepted stands in the receipt: a second try would reach the others twice.
  private var receipt: Receipt {
    var values: Labels = [:]
    if !reply.messageID.isEmpty { values["message-id"] = reply.messageID }
    let said = tidy(reply.text)
    if !said.isEmpty { values["answer"] = said }
    let refused = reply.refused.map { "\($0.recipient.oneLine) \($0.code)" }
    if !refused.isEmpty { values["refused"] = refused.joined(separator: ", ").truncated(to: 500) }
    return Receipt(values)
  }

  /// What the server said, as it may stand in a log.
  private func tidy(_ text: String) -> String { password.masked(in: text).oneLine.truncated(to: 200) }

  private func verdict(code: Int, text: String) -> Verdict {
    let enhanced = EnhancedCode(text, of: code)
    let said = tidy(text)
    let name = "smtp_\(code)" + (enhanced.map { "_\($0.text)" } ?? "")
    let remedy = MailAnswer.surely[code] == nil ? "" : " (Check `username` and `password`.)"
    let reason = Verdict.Reason(name, "The mail server said: \(said)\(remedy)")
    switch code {
    case 400...499: return .retry(after: nil, because: reason)
    case 500...599: return .rejected(MailAnswer.rejection(code: code, enhanced: enhanced), because: reason)
    default: return .ambiguous(because: reason)
    }
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
    "1.7": .operator, "1.8": .operator, "2.3": .payload, "3.4": .payload, "5.3": .operator,
  ]
}

/// A code such as `5.1.1` at the front of a reply's text.
private struct EnhancedCode {
  let text: String
  let subject: Int
  let detail: Int

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
