// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfrySMTP

/// Fuzzes mail: whatever an alert and the settings contain, the composed message reads back as intended.
@Sendable func fuzzMail(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let settings = settings(&input)
  let notice = notice(&input)
  let channel = SMTPChannel(name: "mail", settings: settings)
  guard case .mail(let submission) = try? channel.compose(notice) else { fatalError("a mail is always composed") }
  let mail = ParsedMail(submission.message)
  check(mail, notice, settings)
  expect(mail["Message-ID"] == submission.messageID, "the message has the identity that is submitted")
  expect(submission.recipients.allSatisfy { $0.hasSuffix("@example.com") }, "to \(submission.recipients)")
}

private func check(_ mail: ParsedMail, _ notice: Notice, _ settings: SMTPSettings) {
  let words = NoticeText(notice, times: .asWritten).fitted(to: 100_000)
  let prefix = settings.subjectPrefix.isEmpty ? "" : settings.subjectPrefix + " "
  let subject = (prefix + words.subject).truncated(to: 200).oneLine
  expect(mail.text("Subject") == subject, "\(mail.text("Subject").debugDescription) is \(subject.debugDescription)")
  if let alert = notice.alerts.first, case .alert = notice.content, prefix.isEmpty, alert.title.utf8.count < 100 {
    expect(mail.text("Subject").hasSuffix(alert.title.oneLine), "the subject ends in the title")
  }
  let name = settings.from.name.oneLine
  let from = name.isEmpty ? "from@example.com" : "\(name) <from@example.com>"
  expect(mail.mailbox("From") == from, "\(mail.mailbox("From").debugDescription) is \(from.debugDescription)")
  var plain = words.plainBody
  if case .burst = notice.content { plain = words.plain }
  expect(
    mail.part("text/plain") == plain + "\n",
    "\(mail.part("text/plain").debugDescription) is \(plain.debugDescription)"
  )
  checkTags(mail.part("text/html"))
}

/// Checks that every tag is one that Belfry writes, and none came from a text.
private func checkTags(_ page: String) {
  for piece in page.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
    let name = piece.drop { $0 == "/" || $0 == "!" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
    expect(ourTags.contains(name), "a tag <\(piece.prefix(20))")
  }
}

private let ourTags: Set<String> = [
  "doctype", "html", "head", "meta", "title", "style", "body", "div", "p", "span", "a", "b", "strong", "table", "tr",
  "td",
  "tbody", "h1", "h2", "h3", "ul", "li", "br", "hr", "small", "pre",
]

private func settings(_ input: inout FuzzBytes) -> SMTPSettings {
  var settings = SMTPSettings()
  settings.server = MailServerAddress(host: "mail.example.com", port: 587)
  settings.from = MailAddress(name: input.text(), address: "from@example.com")
  settings.to = [MailAddress(name: input.text(), address: "to@example.com"), MailAddress(address: "two@example.com")]
  settings.subjectPrefix = input.text()
  return settings
}
