// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A notice as paragraphs for people: a line with time and delivery, the message, and an empty line.
enum JournalText {
  static func bytes(of notice: Notice) -> [UInt8] {
    let text = NoticeText(notice, times: .asWritten)
    // The alert's text is indented, so that no line of it can pass for the first line of another notice.
    let message = text.plain.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "  " + $0 }
      .joined(separator: "\n")
    let head = [notice.sentAt.iso8601, notice.channel.name.oneLine, notice.delivery.text.oneLine].joined(separator: " ")
    return Array("\(head)\n\(message)\n\n".utf8)
  }
}
