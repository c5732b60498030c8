// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The body of the request, in a file of its own: this is what an author changes first.
  var messageSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry

    /// What is posted: the notice in words, and what to tell a repeat by.
    struct \#(message) {
      /// What the service accepts as a text; a longer one is cut, with a note that says so.
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
