// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Follows a mail server's lines and matches each answer to one of our commands.
///
/// libcurl passes on the server's lines but not the commands. The order of commands is fixed, so a state machine can
/// follow. A new connection begins with a greeting, a kept one with the answer to MAIL. Each recipient has one answer;
/// the last answer is to the message. Lines and keywords are read exactly as libcurl reads them, so the two never
/// disagree.
struct SubmissionDialogue {
  enum Stage: Equatable {
    case start, hello, startTLS, login, sender, recipient(Int), data, message, end(End)
  }

  /// The reason why the dialogue ended.
  enum End: Equatable {
    /// The answer to the message itself, after the final dot.
    case message
    /// No recipient was accepted, or DATA was refused.
    case refusal
    /// An answer that fits none of our commands: answers and commands are out of step.
    case outOfStep
  }

  struct Answer: Equatable {
    var code: Int
    var text: String
  }

  private(set) var stage = Stage.start
  /// The last complete answer.
  private(set) var last: Answer?
  private(set) var accepted: [String] = []
  private(set) var refused: [MailReply.Refusal] = []
  /// The server's most recent list of capabilities.
  private(set) var offer = MailOffer()
  private let recipients: [String]
  private let startsTLS: Bool
  private let logsIn: Bool
  private var isSecured = false
  /// Whether the server supports EHLO; after HELO it offers nothing.
  private var isExtended = true
  /// The lines of an answer that is still incomplete.
  private var lines: [String] = []

  init(recipients: [String], startsTLS: Bool, logsIn: Bool) {
    self.recipients = recipients
    self.startsTLS = startsTLS
    self.logsIn = logsIn
  }

  /// Whether the server has received none of the message.
  var isBeforeMessage: Bool { stage != .message && stage != .end(.message) }

  /// Whether the server has listed its capabilities and a login or the mail comes next.
  var hasOffered: Bool { stage == .login || stage == .sender }

  /// Processes one line from the server, such as `250-SIZE 10240000`, including its line end.
  ///
  /// On a connection made for this mail, a greeting comes first.
  mutating func take(_ line: [UInt8], isNewConnection: Bool) {
    if case .end = stage { return }
    guard line.count >= 4, let code = MailLine.code(line) else { return }
    let text = MailLine.text(line)
    lines.append(text)
    if stage == .hello, isExtended { offer.take(text) }
    guard MailLine.isLast(line) else { return }
    let answer = Answer(code: code, text: lines.joined(separator: " "))
    lines = []
    // The answer to the QUIT that libcurl sends after a refusal.
    if code == 221, let last, last.code >= 400 { return }
    last = answer
    advance(on: answer, isNewConnection)
  }

  /// The reply that the server's answers amount to; nil if they leave the mail's outcome open.
  var reply: MailReply? {
    guard let last else { return nil }
    switch stage {
    case .end(.outOfStep): return nil
    case .end: return MailReply(code: last.code, text: last.text, accepted: accepted, refused: refused)
    // One refused recipient does not end the dialogue, unless the server is shutting down (421).
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
        // HELO follows; capabilities listed with a refused EHLO do not count.
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
  /// Whether it is a temporary or permanent refusal.
  var isRefusal: Bool { (400..<600).contains(code) }
}

/// Reads a mail server's line the way libcurl does (`smtp_endofresp` in its `lib/smtp.c`).
enum MailLine {
  /// The three digits at the start.
  static func code(_ line: [UInt8]) -> Int? {
    let digits = line.prefix(3)
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// Whether this line ends the answer: a space or nothing follows the code.
  static func isLast(_ line: [UInt8]) -> Bool { line.count > 3 && (line[3] == 0x20 || line.count == 5) }

  /// The text after the code and the character that follows it.
  static func text(_ line: [UInt8]) -> String {
    String(decoding: line.dropFirst(4).prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
  }
}
