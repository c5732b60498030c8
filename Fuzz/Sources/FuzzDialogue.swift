// SPDX-License-Identifier: Apache-2.0
internal import Belfry

@testable internal import BelfryTransport

/// Fuzzes the lines of a mail server and an HTTP server, as libcurl passes them.
@Sendable func fuzzDialogue(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let form = input.byte()
  let recipients = (0...Int(form >> 2 & 3)).map { "r\($0)@example.com" }
  let lines = input.remaining().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  let dialogue = SubmissionDialogue(recipients: recipients, startsTLS: form & 1 != 0, logsIn: form & 2 != 0)
  follow(lines, dialogue, recipients, isNewConnection: form & 16 == 0)
  read(lines)
}

private func follow(
  _ lines: [ArraySlice<UInt8>],
  _ start: SubmissionDialogue,
  _ recipients: [String],
  isNewConnection: Bool
) {
  var dialogue = start
  for line in lines { dialogue.take(line + [UInt8(ascii: "\n")], isNewConnection: isNewConnection) }
  expect(dialogue.refused.count <= recipients.count, "\(dialogue.refused.count) refusals of \(recipients.count)")
  guard let reply = dialogue.reply else { return }
  for refusal in reply.refused {
    expect(recipients.contains(refusal.recipient), "\(refusal.recipient) was no recipient")
  }
  if (200..<300).contains(reply.code) {
    expect(dialogue.stage == .end(.message), "\(reply.code) in the stage \(dialogue.stage)")
    expect(reply.refused.count < recipients.count, "accepted, though every recipient was refused")
  }
}

private func read(_ lines: [ArraySlice<UInt8>]) {
  var answer = AnswerReader(bodyLimit: 1_000)
  for line in lines {
    let goesOn = line.withUnsafeBytes { answer.takeHeader($0) && answer.takeBody($0) }
    if !goesOn { break }
  }
  expect(answer.body.count <= 1_000, "a body of \(answer.body.count) bytes")
  for field in answer.fields { expect(!field.value.hasPrefix(" ") && !field.value.hasSuffix(" "), "space is left out") }
}
