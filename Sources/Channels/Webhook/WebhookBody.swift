// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The body of one request, as sent and as it may be shown.
struct WebhookBody {
  /// The bytes to send.
  let sent: [UInt8]
  /// The bytes that may be shown; the same if it holds no secret.
  let shown: [UInt8]
  /// The body to send if it holds a secret; otherwise empty.
  let sealed: Secret

  init(_ notice: Notice, _ settings: WebhookSettings) {
    let document = NoticeDocument(notice)
    guard let template = settings.body else {
      sent = document.json(within: settings.maxBody.bytes)
      (shown, sealed) = (sent, Secret())
      return
    }
    let filler = TemplateFiller(document)
    sent = document.fitted(within: settings.maxBody.bytes) { filler.json(template, $0) }
    guard template.hasSecret else {
      (shown, sealed) = (sent, Secret())
      return
    }
    sealed = Secret(String(decoding: sent, as: UTF8.self))
    shown = document.fitted(within: settings.maxBody.bytes) { filler.json(template, $0, masking: true) }
  }
}

/// Fills a notice's values into a template.
private struct TemplateFiller {
  private let document: NoticeDocument
  private let shorthands: [String: NoticeDocument.Value]

  init(_ document: NoticeDocument) {
    self.document = document
    shorthands = Dictionary(document.shorthands().map { ($0.name, $0.value) }) { first, _ in first }
  }

  func json(_ template: BodyTemplate, _ extent: NoticeDocument.Extent, masking: Bool = false) -> [UInt8] {
    let members = Dictionary(document.members(extent).map { ($0.name, $0.value) }) { first, _ in first }
    let values = members.merging(shorthands) { first, _ in first }
    var writer = JSONWriter()
    write(template.root, to: &writer, Values(all: values, extent: extent, masks: masking))
    return writer.bytes
  }

  private struct Values {
    let all: [String: NoticeDocument.Value]
    let extent: NoticeDocument.Extent
    let masks: Bool
  }

  private func write(_ node: BodyTemplate.Node, to writer: inout JSONWriter, _ values: Values) {
    switch node {
    case .literal(let bytes): writer.json(bytes)
    case .secret(let secret): writer.string(values.masks ? Secret.mask : secret.reveal())
    case .text(let parts):
      if case .placeholder(let name)? = parts.first, parts.count == 1 {
        document.write(value(name, values), to: &writer, values.extent)
      } else {
        writer.string(parts.map { text($0, values) }.joined())
      }
    case .list(let nodes):
      writer.beginArray()
      for node in nodes { write(node, to: &writer, values) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        write(member.node, to: &writer, values)
      }
      writer.endObject()
    }
  }

  private func text(_ part: BodyTemplate.Part, _ values: Values) -> String {
    switch part {
    case .text(let text): text
    case .placeholder(let name): document.text(of: value(name, values), values.extent)
    }
  }

  private func value(_ name: String, _ values: Values) -> NoticeDocument.Value {
    if let value = values.all[name] { return value }
    return .text(document.label(String(name.dropFirst(BodyTemplate.labelPrefix.count))))
  }
}
