// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A notice of a random kind with random texts.
func notice(_ input: inout FuzzBytes) -> Notice {
  let form = input.byte()
  let alerts = (0...Int(form >> 4 & 3)).map { index in alert(&input, index) }
  let contents: [Notice.Content] = [
    .alert(alerts[0]), .burst(alerts), .digest(name: input.text(), alerts), .followup(alerts, ended: 3),
    .group(name: input.text(), alerts, firing: 2), .reminder(alerts), .flapping(alerts[0]), .resolved(alerts[0]),
  ]
  let earlier =
    form & 8 == 0 ? [] : [Receipt(["message-id": input.text()]), Receipt(["message-id": "<1@example.com>"])]
  return Notice(
    delivery: DeliveryID(input.text()),
    channel: "mail",
    content: contents[Int(form & 7)],
    reason: input.text(),
    sentAt: Instant(seconds: 1_800_000_000),
    product: input.text(),
    earlier: earlier
  )
}

private func alert(_ input: inout FuzzBytes, _ index: Int) -> Alert {
  let severities: [Severity] = [.critical, .warning, .info, Severity("odd")]
  return Alert(
    source: "app",
    id: "a\(index)",
    severity: severities[Int(input.byte() & 3)],
    category: input.text(),
    title: input.text(),
    detail: input.text(),
    labels: ["team": input.text()],
    panel: input.text(),
    link: input.text(),
    firstSeen: input.text()
  )
}
