// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Follows what a mail server says, line by line, and knows which of our commands each answer is to.
///
/// libcurl hands over the server's lines and not the commands. Their order is fixed, so a state machine can tell: a
/// greeting means a new connection, without it the first answer is to MAIL; each recipient has one answer; the last is
/// the message's.
struct SubmissionDialogue {
  enum Stage: Equatable {
    case start, hello, startTLS, login, sender, recipient(Int), data, message, end
  }

  struct Answer: Equatable {
    var code: Int
    var text: String
  }

  private(set) var stage = Stage.start
  /// The last whole answer.
  private(set) var last: Answer?
  private(set) var accepted: [String] = []
  private(set) var refused: [MailReply.Refusal] = []
  private let recipients: [String]
  private let startsTLS: Bool
  private let logsIn: Bool
  private var isSecured = false
  private var offersLogin = false
  private var offersUTF8 = false
  /// The lines of an answer whose last line is still to come.
  private var lines: [String] = []

  init(recipients: [String], startsTLS: Bool, logsIn: Bool) {
    self.recipients = recipients
    self.startsTLS = startsTLS
    self.logsIn = logsIn
  }

  /// Whether the server did not get as far as this mail: it said nothing, or that it is going away.
  ///
  /// That is how a kept connection looks that the server has closed meanwhile.
  var hasNotBegun: Bool { stage == .start && (last == nil || last?.code == 421) }

  /// Whether the server has said all that it offers, and SMTPUTF8 (RFC 6531) is not among it.
  var lacksUTF8: Bool { (stage == .login || stage == .sender) && !offersUTF8 }

  /// Takes one line of the server's, such as `250-SIZE 10240000`.
  mutating func take(_ line: String) {
    guard stage != .end, let code = Int(line.prefix(3)), line.utf8.count >= 3 else { return }
    let text = String(line.dropFirst(4))
    lines.append(text)
    if stage == .hello, text.uppercased().hasPrefix("AUTH ") { offersLogin = true }
    if stage == .hello, text.uppercased() == "SMTPUTF8" { offersUTF8 = true }
    guard !line.dropFirst(3).hasPrefix("-") else { return }
    let answer = Answer(code: code, text: lines.joined(separator: " "))
    lines = []
    // To the QUIT that libcurl sends when something was refused.
    if code == 221 { return }
    last = answer
    advance(on: answer)
  }

  /// What the server's answers amount to; nil when they leave the mail's fate open.
  var reply: MailReply? {
    guard let last else { return nil }
    switch stage {
    case .end: return MailReply(code: last.code, text: last.text, accepted: accepted, refused: refused)
    // The refusal of one recipient is not what ended it, unless the server is going away.
    case .recipient(1...), .data: return last.code == 421 ? MailReply(code: 421, text: last.text) : nil
    default: return last.code >= 400 ? MailReply(code: last.code, text: last.text) : nil
    }
  }

  private mutating func advance(on answer: Answer) {
    let isPositive = (200..<300).contains(answer.code)
    switch stage {
    case .start:
      // A reused connection has greeted before.
      if answer.code == 220 { stage = .hello } else if isPositive { stage = .recipient(0) }
    case .hello:
      guard isPositive else { return }  // HELO follows
      stage = startsTLS && !isSecured ? .startTLS : logsIn && offersLogin ? .login : .sender
    case .startTLS:
      guard isPositive else { return }
      isSecured = true
      offersLogin = false
      offersUTF8 = false
      stage = .hello
    case .login: if isPositive { stage = .sender }
    case .sender: if isPositive { stage = .recipient(0) }
    case .recipient(let index):
      if isPositive {
        accepted.append(recipients[index])
      } else {
        refused.append(MailReply.Refusal(recipient: recipients[index], code: answer.code, text: answer.text))
      }
      if index + 1 < recipients.count {
        stage = .recipient(index + 1)
      } else {
        stage = refused.count == recipients.count ? .end : .data
      }
    case .data: stage = answer.code == 354 ? .message : .end
    case .message: stage = .end
    case .end: break
    }
  }
}
