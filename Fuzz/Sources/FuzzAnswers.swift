// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration

/// Fuzzes the answers of services and mail servers: every answer has a verdict that contains no secret and no unusual
/// wait.
@Sendable func fuzzAnswers(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let replies = [http(&input), mail(&input), program(&input)]
  for channel in channels.values.sorted(by: { $0.name < $1.name }) {
    for reply in replies { check(channel.channel.interpret(reply), of: channel, for: reply) }
  }
}

private func http(_ input: inout FuzzBytes) -> Reply {
  let status = 100 + input.number(below: 500)
  let fields = [("retry-after", input.text()), ("content-type", input.text()), (input.text(), input.text())]
  return .http(HTTPReply(status: status, fields: fields, body: input.bytes()))
}

private func mail(_ input: inout FuzzBytes) -> Reply {
  let (code, text) = (input.number(below: 1000), input.text())
  let refused = (0..<input.number(below: 3)).map { _ in
    MailReply.Refusal(recipient: "to@example.com", code: input.number(below: 1000), text: input.text())
  }
  return .mail(MailReply(code: code, text: text, refused: refused, messageID: "<1@example.com>"))
}

private func program(_ input: inout FuzzBytes) -> Reply {
  let number = input.number(below: 512)
  let (output, errors) = (input.bytes(), input.bytes())
  // A program may print its own input.
  return .process(
    ProcessReply(
      number < 256 ? .exited(number) : .signalled(number - 256),
      output: output,
      errors: errors + secret.utf8
    )
  )
}

private func check(_ verdict: Verdict, of channel: ConfiguredChannel, for reply: Reply) {
  let reasons: [Verdict.Reason]
  switch verdict {
  case .delivered(let receipt):
    if case .http(let answer) = reply { expect(answer.status / 100 == 2, "\(answer.status) is taken as delivered") }
    if case .mail(let answer) = reply { expect(answer.code / 100 == 2, "\(answer.code) is taken as delivered") }
    // Stored exactly as the service sent it, to be returned to the service; it is shown to nobody.
    for value in receipt.values {
      expect(!value.value.contains(secret), "\(channel.kind) keeps its secret in a receipt")
    }
    reasons = []
  case .partial(_, let reason, _): reasons = [reason]
  case .retry(let wait, let reason):
    if let wait { expect(wait >= .zero && wait < .seconds(10_000_000_000), "a wait of \(wait)") }
    reasons = [reason]
  case .ambiguous(let reason), .rejected(_, let reason): reasons = [reason]
  }
  for reason in reasons {
    expect(!reason.description.utf8.contains { $0 < 0x20 }, "\(channel.kind): \(reason.description.debugDescription)")
    expect(!reason.description.contains(secret), "\(channel.kind) shows its secret")
    expect(
      reason.description.utf8.count < 10_000,
      "\(channel.kind): a reason of \(reason.description.utf8.count) bytes"
    )
  }
}

private let secret = "xoxb-s3cret-token"

/// A channel of each kind.
private let channels = fuzzed(
  """
  { "channels": {
      "journal": { "kind": "file", "path": "out" },
      "slack": { "kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF" },
      "mail": { "kind": "smtp", "server": "smtps://mail.example.com", "from": "a@example.com", "to": "b@example.com",
                "username": "a", "password": "${TOKEN}" },
      "hook": { "kind": "webhook", "url": "https://hooks.example.com/", "headers": { "Authorization": "${TOKEN}" } },
      "program": { "kind": "exec", "command": ["/bin/true"], "environment": { "PAGE_TOKEN": "${TOKEN}" } }
    }, "routes": [{ "to": ["journal", "slack", "mail", "hook", "program"] }] }
  """,
  environment: ["TOKEN": secret]
)
