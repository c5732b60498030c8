// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The body of `chat.postMessage`: blocks for display, and one text for notifications and clients without blocks.
///
/// Text from alerts is always `plain_text`: there `*`, `_` and backticks, which are common in metric names, are shown
/// literally. `mrkdwn` text holds only links, to the source or to acknowledge, with percent-encoded URLs. They are
/// links instead of buttons because Slack shows a warning at buttons of an app without interactivity.
struct SlackMessage {
  /// The limits of docs.slack.dev/reference/block-kit/blocks.
  ///
  /// The limit of all blocks together, about 13,200 characters, is not documented (`msg_blocks_too_long`), so a margin
  /// is kept: 8,500 of main text and at most 3,300 around it.
  private enum Limit {
    static let text = 4_000
    static let header = 150
    static let section = 3_000
    static let main = 8_500
    static let title = 600
    static let fact = 300
    static let why = 300
  }

  private let recipient: String
  private let delivery: DeliveryID
  private let words: NoticeText
  /// Whether it has no blocks, because Slack refused them.
  private let isPlain: Bool
  private let thread: SlackRoot?
  /// The message to replace.
  private let edited: SlackRoot?
  private let color: String

  init(_ notice: Notice, to recipient: String, thread: SlackRoot? = nil, edits edited: SlackRoot? = nil) {
    self.recipient = recipient
    self.thread = thread
    self.edited = edited
    isPlain = notice.refusal != nil
    color = SlackMessage.color(of: notice)
    delivery = notice.delivery
    words = NoticeText(notice, times: .relative)
  }

  var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("channel", recipient)
    if let edited { writer.member("ts", edited.ts) }
    if let thread { writer.member("thread_ts", thread.ts) }
    writer.member("text", SlackText.escaped(words.fitted(to: Limit.text, measuring: SlackText.cost).plain))
    writer.key("mrkdwn")
    writer.bool(false)
    writer.member("parse", "none")
    if edited != nil {
      writeEdit(to: &writer)
    } else {
      writer.key("unfurl_links")
      writer.bool(false)
      writer.key("unfurl_media")
      writer.bool(false)
      if !isPlain { writeBlocks(to: &writer) }
    }
    writeMetadata(to: &writer)
    writer.endObject()
    return writer.bytes
  }

  /// Writes an edit.
  ///
  /// Parts that an edit omits stay unchanged, so the old blocks are emptied; blocks beside a coloured bar replace them.
  private func writeEdit(to writer: inout JSONWriter) {
    writer.key("blocks")
    writer.beginArray()
    writer.endArray()
    writer.key("attachments")
    writer.beginArray()
    if !isPlain {
      writer.beginObject()
      writer.member("color", color)
      writeBlocks(to: &writer)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func color(of notice: Notice) -> String {
    let firing = notice.alerts.filter { notice.flags[$0.key]?.isResolved != true }
    if case .resolved = notice.content { return "#2eb67d" }
    return switch firing.map(\.severity).min()?.level {
    case nil: "#2eb67d"
    case .critical: "#e01e5a"
    case .warning: "#ecb22e"
    case .some: "#36c5f0"
    }
  }

  private func writeBlocks(to writer: inout JSONWriter) {
    let words = words.fitted(to: Limit.main, measuring: SlackText.cost)
    writer.key("blocks")
    writer.beginArray()
    writer.block("header") { $0.text("text", words.headline, limit: Limit.header) }
    if !words.title.isEmpty { writer.block("section") { $0.text("text", words.title, limit: Limit.title) } }
    for piece in SlackText.pieces(of: words.main, limit: Limit.section) {
      writer.block("section") { $0.text("text", piece, limit: Limit.section) }
    }
    if !words.facts.isEmpty {
      writer.block("section") { $0.texts("fields", words.facts.map(\.line), limit: Limit.fact) }
    }
    if let link = words.link { writer.block("section") { $0.link("text", to: link, label: words.linkLabel) } }
    if !words.acknowledgements.isEmpty { writer.block("section") { $0.links(words.acknowledgements, Limit.fact) } }
    if !words.why.isEmpty { writer.block("context") { $0.texts("elements", [words.why], limit: Limit.why) } }
    writer.endArray()
  }

  /// Writes metadata by which a repeat of this delivery is recognised, because Slack has no idempotency key.
  private func writeMetadata(to writer: inout JSONWriter) {
    writer.key("metadata")
    writer.beginObject()
    writer.member("event_type", "belfry_delivery")
    writer.key("event_payload")
    writer.beginObject()
    writer.member("delivery_id", delivery.text)
    writer.endObject()
    writer.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func block(_ type: String, _ content: (inout JSONWriter) -> Void) {
    beginObject()
    member("type", type)
    content(&self)
    endObject()
  }

  fileprivate mutating func text(_ name: String, _ text: String, limit: Int) {
    key(name)
    plain(text, limit: limit)
  }

  fileprivate mutating func texts(_ name: String, _ texts: [String], limit: Int) {
    key(name)
    beginArray()
    for text in texts { plain(text, limit: limit) }
    endArray()
  }

  /// Adds one link; several links are each shown beside the alert's title, which is plain text like all text from
  /// alerts.
  ///
  /// A section takes ten fields, and there are at most five links.
  fileprivate mutating func links(_ links: [NoticeText.Acknowledgement], _ limit: Int) {
    if links.count == 1, links[0].title.isEmpty { return link("text", to: links[0].url, label: links[0].label) }
    key("fields")
    beginArray()
    for link in links.prefix(5) {
      plain(link.title, limit: limit)
      self.link(to: link.url, label: link.label)
    }
    endArray()
  }

  fileprivate mutating func link(_ name: String, to url: String, label: String) {
    key(name)
    link(to: url, label: label)
  }

  private mutating func link(to url: String, label: String) {
    beginObject()
    member("type", "mrkdwn")
    member("text", "<\(SlackText.escaped(url))|\(SlackText.escaped(label.replacing("|", with: "/")))>")
    key("verbatim")
    bool(true)
    endObject()
  }

  private mutating func plain(_ text: String, limit: Int) {
    beginObject()
    member("type", "plain_text")
    member("text", SlackText.escaped(text.truncated(to: limit, measuring: SlackText.cost)))
    key("emoji")
    bool(false)
    endObject()
  }
}
