// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The calls of Slack's methods.
struct SlackCalls {
  let settings: SlackDMSettings

  /// How many of the last messages are looked through: more than come in the time in which an answer can be lost.
  private static let looked = 100

  /// Posts a message (docs.slack.dev/reference/methods/chat.postMessage).
  func post(_ message: SlackMessage) -> HTTPExchange { call("chat.postMessage", json: message.json) }

  /// Puts a message in the place of an earlier one (docs.slack.dev/reference/methods/chat.update).
  func edit(_ message: SlackMessage) -> HTTPExchange { call("chat.update", json: message.json) }

  /// Asks which conversation a user's direct messages are in (docs.slack.dev/reference/methods/conversations.open).
  func open() -> HTTPExchange {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("users")
    writer.string(settings.user.id)
    writer.endObject()
    return call("conversations.open", json: writer.bytes)
  }

  /// Asks for the last messages of a conversation, or of a thread in it.
  ///
  /// See docs.slack.dev/reference/methods/conversations.history and conversations.replies, which take no JSON.
  func look(in channel: String, thread: String?) -> HTTPExchange {
    // They came from Slack's answers, and nothing but an id may get into the form.
    let (channel, thread) = (channel.onlyID, thread?.onlyID)
    let form =
      "channel=\(channel)&include_all_metadata=true&limit=\(SlackCalls.looked)" + (thread.map { "&ts=\($0)" } ?? "")
    let method = thread == nil ? "conversations.history" : "conversations.replies"
    return call(method, type: "application/x-www-form-urlencoded", Array(form.utf8))
  }

  private func call(_ method: String, json: [UInt8]) -> HTTPExchange {
    call(method, type: "application/json; charset=utf-8", json)
  }

  private func call(_ method: String, type: String, _ body: [UInt8]) -> HTTPExchange {
    HTTPExchange(
      to: settings.api,
      path: "/" + method,
      fields: [
        HTTPField("Authorization", prefix: "Bearer ", secret: settings.token),
        HTTPField("Content-Type", type),
      ],
      body: body,
      certificateAuthority: settings.ca.isEmpty ? nil : settings.ca.text
    )
  }
}

extension String {
  /// The letters, digits and dots of it, which is all of an id or a time stamp of Slack's.
  fileprivate var onlyID: String { filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") } }
}
