// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The body of the request, in its own file because authors change it first.
  var messageSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry

    /// The posted message: the notice as text, and an ID by which a repeat is recognised.
    struct \#(message) {
      /// The longest text that the service accepts; a longer one is cut, with a note.
      private static let textLimit = 4_000

      private let notice: Notice

      init(_ notice: Notice) { self.notice = notice }

      var json: [UInt8] {
        let text = NoticeText(notice, times: .relative).fitted(to: Self.textLimit)
        var writer = JSONWriter()
        writer.beginObject()
        // The same on every attempt, so that the receiver can drop a repeat.
        writer.member("delivery_id", notice.delivery.text)
        writer.member("type", notice.content.kind)
        writer.member("severity", notice.severity.name)
        writer.member("title", text.subject)
        writer.member("text", text.plain)
        if let link = text.link { writer.member("link", link) }
        writer.endObject()
        return writer.bytes
      }
    }

    extension JSONWriter {
      fileprivate mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
      }
    }

    """#
  }
}
