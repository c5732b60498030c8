// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The body of the request, in a file of its own: this is what an author changes first.
  var messageSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry

    /// What is posted: the notice in words, and the alerts it is about.
    struct \#(message) {
      private let notice: Notice

      init(_ notice: Notice) { self.notice = notice }

      var json: [UInt8] {
        // What a service accepts at most; longer texts end in a note that says so.
        let text = NoticeText(notice, times: .relative).fitted(to: 4_000)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", notice.content.kind)
        writer.member("severity", notice.severity.name)
        writer.member("title", text.subject)
        writer.member("text", text.plain)
        writer.key("alerts")
        writer.beginArray()
        for alert in notice.alerts { writer.alert(alert, link: notice.address(of: alert)) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
      }
    }

    extension JSONWriter {
      fileprivate mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
      }

      fileprivate mutating func alert(_ alert: Alert, link: String?) {
        beginObject()
        member("source", alert.source.name)
        member("id", alert.id)
        member("severity", alert.severity.name)
        if let link { member("link", link) }
        endObject()
      }
    }

    """#
  }
}
