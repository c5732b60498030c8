// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Follows what a mail server says, line by line, and knows which of our commands each answer is to.
///
/// libcurl hands over the server's lines and not the commands. Their order is fixed, so a state machine can follow: a new
/// connection begins with a greeting, a kept one with the answer to MAIL; each recipient has one answer; the last is the
/// message's. Lines and keywords are read exactly as libcurl reads them, so that the two never disagree about what was
/// said.
struct SubmissionDialogue {
  enum Stage: Equatable {
    case start, hello, startTLS, login, sender, recipient(Int), data, message, end(End)
  }

  /// What ended the dialogue.
  enum End: Equatable {
    /// The answer to the message itself, after the final dot.
    case message
    /// No recipient was accepted, or DATA was refused.
    case refusal
    /// An answer that no command of ours can have: the server's answers and our commands are out of step.
    case outOfStep
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
  /// What the server offers, as it said last.
  private(set) var offer = MailOffer()
  private let recipients: [String]
  private let startsTLS: Bool
  private let logsIn: Bool
  private var isSecured = false
  /// Whether the server knows EHLO; after HELO it offers nothing.
  private var isExtended = true
  /// The lines of an answer whose last line is still to come.
  private var lines: [String] = []

  init(recipients: [String], startsTLS: Bool, logsIn: Bool) {
    self.recipients = recipients
    self.startsTLS = startsTLS
    self.logsIn = logsIn
  }

  /// Whether the server was never given any of the message.
  var isBeforeMessage: Bool { stage != .message && stage != .end(.message) }

  /// Whether the server has said all that it offers, and is to be given the mail next, or a login.
  var hasOffered: Bool { stage == .login || stage == .sender }

  /// Takes one line of the server's, such as `250-SIZE 10240000`, with its line end.
  ///
  /// On a connection that was made for this mail a greeting comes first.
  mutating func take(_ line: [UInt8], isNewConnection: Bool) {
    if case .end = stage { return }
    guard line.count >= 4, let code = MailLine.code(line) else { return }
    let text = MailLine.text(line)
    lines.append(text)
    if stage == .hello, isExtended { offer.take(text) }
    guard MailLine.isLast(line) else { return }
    let answer = Answer(code: code, text: lines.joined(separator: " "))
    lines = []
    // The answer to the QUIT that libcurl sends when something was refused.
    if code == 221, let last, last.code >= 400 { return }
    last = answer
    advance(on: answer, isNewConnection)
  }

  /// What the server's answers amount to; nil when they leave the mail's fate open.
  var reply: MailReply? {
    guard let last else { return nil }
    switch stage {
    case .end(.outOfStep): return nil
    case .end: return MailReply(code: last.code, text: last.text, accepted: accepted, refused: refused)
    // The refusal of one recipient is not what ended it, unless the server is going away.
    case .recipient(1...), .data: return last.code == 421 ? MailReply(code: 421, text: last.text) : nil
    default: return last.code >= 400 ? MailReply(code: last.code, text: last.text) : nil
    }
  }

  private mutating func advance(on answer: Answer, _ isNewConnection: Bool) {
    switch stage {
    case .start:
      guard answer.isPositive else { return }
      stage = isNewConnection ? .hello : .recipient(0)
    case .hello:
      guard answer.isPositive else {
        // HELO follows, and nothing that was said along with a refusal of EHLO is offered.
        offer = MailOffer()
        isExtended = false
        return
      }
      stage = startsTLS && !isSecured ? .startTLS : logsIn && offer.hasLogin ? .login : .sender
    case .startTLS:
      guard answer.code == 220 else { return }
      isSecured = true
      offer = MailOffer()
      stage = .hello
    case .login: if answer.isPositive { stage = .sender }
    case .sender: if answer.isPositive { stage = .recipient(0) }
    case .recipient(let index): take(answer, to: index)
    case .data: stage = answer.code == 354 ? .message : .end(answer.isRefusal ? .refusal : .outOfStep)
    case .message: stage = .end(.message)
    case .end: break
    }
  }

  private mutating func take(_ answer: Answer, to index: Int) {
    if answer.isPositive {
      accepted.append(recipients[index])
    } else if answer.isRefusal {
      refused.append(MailReply.Refusal(recipient: recipients[index], code: answer.code, text: answer.text))
    } else {
      stage = .end(.outOfStep)
      return
    }
    if index + 1 < recipients.count {
      stage = .recipient(index + 1)
    } else {
      stage = refused.count == recipients.count ? .end(.refusal) : .data
    }
  }
}

extension SubmissionDialogue.Answer {
  var isPositive: Bool { (200..<300).contains(code) }
  /// For now or for good.
  var isRefusal: Bool { (400..<600).contains(code) }
}

/// How libcurl reads a line of a mail server's (`smtp_endofresp` in its `lib/smtp.c`).
enum MailLine {
  /// The three digits in front.
  static func code(_ line: [UInt8]) -> Int? {
    let digits = line.prefix(3)
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// Whether an answer ends with this line: a space stands after the code, or nothing does.
  static func isLast(_ line: [UInt8]) -> Bool { line.count > 3 && (line[3] == 0x20 || line.count == 5) }

  /// What stands after the code and the character that follows it.
  static func text(_ line: [UInt8]) -> String {
    String(decoding: line.dropFirst(4).prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
  }
}
