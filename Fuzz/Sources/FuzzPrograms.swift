// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryExec
internal import BelfryWebhook

/// Fuzzes the input of programs and webhooks: whatever an alert contains, it reads back as JSON within its limit, and
/// no header has more than one line.
@Sendable func fuzzPrograms(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let notice = notice(&input)
  for channel in channels.values {
    switch try? channel.channel.compose(notice) {
    case .http(let exchange):
      check(exchange.body, isWhole: channel.name == "hook", within: 20_000)
      for field in exchange.fields {
        let value = field.value.description
        expect(!value.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a header \(value.debugDescription)")
      }
    case .process(let run):
      check(run.input, isWhole: true, within: 262_144)
      for variable in run.environment {
        expect(!variable.value.description.utf8.contains(0), "a variable \(variable.name)")
      }
    default: fatalError("\(channel.name) always composes")
    }
  }
}

private func check(_ body: [UInt8], isWhole: Bool, within limit: Int) {
  expect(body.count <= limit + 1, "\(body.count) bytes")
  let (document, problems) = JSONTree.parse(SourceText(name: "body", bytes: body))
  expect(problems.isEmpty, "\(problems) in \(String(decoding: body, as: UTF8.self))")
  if isWhole { expect(document?.members?.contains { $0.name == "delivery_id" } == true, "it names its delivery") }
}

/// A channel that gets the whole notice, one that fills a template, and a program.
private let channels = fuzzed(
  """
  { "channels": {
      "hook": { "kind": "webhook", "url": "https://hooks.example.com/" },
      "events": { "kind": "webhook", "url": "https://events.example.com/",
                  "body": { "key": "{{key}}", "text": "a {{title}} of {{severity}}", "alerts": "{{alerts}}",
                            "team": "{{labels.team}}", "count": "{{count}}" } },
      "program": { "kind": "exec", "command": ["/bin/true"] }
    }, "routes": [{ "to": ["hook", "events", "program"] }] }
  """,
  environment: [:]
)
