// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A MIME message (RFC 5322, 2045 to 2047): plain text first, then the same as HTML, 7-bit clean throughout.
struct MailMessage {
  /// The longest text, in bytes: more than anyone reads, and far below the limits of servers.
  private static let limit = 100_000
  private static let subjectLimit = 200

  /// The Message-ID, the same for every attempt at one delivery, so that receivers recognise a repeat.
  let id: String
  private let notice: Notice
  private let settings: SMTPSettings
  private let words: NoticeText

  init(_ notice: Notice, _ settings: SMTPSettings) {
    self.notice = notice
    self.settings = settings
    words = NoticeText(notice, times: .asWritten).fitted(to: MailMessage.limit)
    id = "<\(MailMessage.token(of: notice.delivery))@\(settings.from.domain)>"
  }

  /// The complete message, signed by every configured domain.
  var bytes: [UInt8] {
    let text = MailPart(type: "text/plain", text: plainText + "\n")
    let (ownFields, body) = notice.refusal == nil ? alternatives(text) : (text.fields, text.lines)
    let fields = header + ["MIME-Version: 1.0"] + ownFields
    let signatures = settings.dkim.compactMap { identity in
      identity.signingKey.map { DKIMSignature(identity, key: $0).field(over: fields, body: body, at: notice.sentAt) }
    }
    return Array(((signatures + fields).joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  /// The plain text and the HTML version; a mail that was refused with HTML is sent without it.
  private func alternatives(_ text: MailPart) -> (fields: [String], body: [UInt8]) {
    let parts = [text, MailPart(type: "text/html", text: MailHTML(words, tone: tone).page)]
    let boundary = boundary(absentFrom: parts)
    var body: [UInt8] = []
    for part in parts { body += Array("--\(boundary)\r\n".utf8) + part.bytes + Array("\r\n".utf8) }
    body += Array("--\(boundary)--\r\n".utf8)
    return (["Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\""], body)
  }

  /// The text without what the subject already states, except for a burst, whose first line gives its counts.
  private var plainText: String { if case .burst = notice.content { words.plain } else { words.plainBody } }

  private var tone: MailHTML.Tone {
    switch notice.content {
    case .resolved: .good
    case .group(_, let alerts, _, _) where alerts.allSatisfy { notice.flags[$0.key]?.isResolved == true }: .good
    default: .bad(notice.severity)
    }
  }

  private var header: [String] {
    let prefix = settings.subjectPrefix.isEmpty ? "" : settings.subjectPrefix + " "
    var fields = [
      "Date: \(notice.sentAt.mailDate)",
      MailHeader.addresses("From", [settings.from]),
      MailHeader.addresses("To", settings.to),
    ]
    if !settings.cc.isEmpty { fields.append(MailHeader.addresses("Cc", settings.cc)) }
    if !settings.replyTo.isEmpty { fields.append(MailHeader.addresses("Reply-To", settings.replyTo)) }
    fields.append(MailHeader.text("Subject", (prefix + words.subject).truncated(to: MailMessage.subjectLimit)))
    fields.append("Message-ID: \(id)")
    let earlier = notice.earlier.compactMap { MailHeader.messageID($0["message-id"]) }.suffix(20)
    let thread = (threadRoot.map { [$0] } ?? []) + earlier
    if let last = thread.last {
      fields.append("In-Reply-To: \(last)")
      fields.append("References: \(thread.joined(separator: "\r\n "))")
    }
    // RFC 3834: prevents vacation replies. Exchange uses the second field.
    fields += ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"]
    return fields + settings.headers.entries.map { MailHeader.text($0.name, $0.text) }
  }

  /// The Message-ID that all mails about one alert or group refer to.
  ///
  /// No such message exists, so it cannot be lost.
  ///
  /// Nil for mails about many alerts at once, which would join their threads.
  private var threadRoot: String? {
    switch notice.content {
    case .alert(let alert), .flapping(let alert), .resolved(let alert): root("alert", alert.source.name, alert.id)
    case .reminder(let alerts) where alerts.count == 1: root("alert", alerts[0].source.name, alerts[0].id)
    case .group(let name, _, _, _) where !name.isEmpty: root("group", name)
    default: nil
    }
  }

  private func root(_ kind: String, _ names: String...) -> String {
    let digits = SHA256.hexadecimal(of: Array(names.joined(separator: "\0").utf8)).prefix(32)
    return "<\(kind)-\(digits)@\(settings.from.domain)>"
  }

  /// A boundary derived from the delivery, so that the same notice gives the same bytes; counted up until no part
  /// contains it.
  private func boundary(absentFrom parts: [MailPart]) -> String {
    let base = "belfry-\(MailMessage.token(of: notice.delivery))"
    var boundary = base
    var count = 1
    while parts.contains(where: { $0.hasLine(beginningWith: "--\(boundary)") }) {
      count += 1
      boundary = "\(base)-\(count)"
    }
    return boundary
  }

  /// The delivery's ID, reduced to characters allowed in a Message-ID and in a boundary.
  private static func token(of delivery: DeliveryID) -> String {
    let token = delivery.text.prefix(48).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    return token.isEmpty ? "none" : token
  }
}
