// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The calls to Slack's API methods.
struct SlackCalls {
  let settings: SlackDMSettings

  /// How many recent messages are searched: more than can arrive between an attempt and its retry.
  private static let looked = 100

  /// Posts a message (docs.slack.dev/reference/methods/chat.postMessage).
  func post(_ message: SlackMessage) -> HTTPExchange { call("chat.postMessage", json: message.json) }

  /// Replaces an earlier message (docs.slack.dev/reference/methods/chat.update).
  func edit(_ message: SlackMessage) -> HTTPExchange { call("chat.update", json: message.json) }

  /// Gets the conversation that holds a user's direct messages (docs.slack.dev/reference/methods/conversations.open).
  func open() -> HTTPExchange {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("users")
    writer.string(settings.user.id)
    writer.endObject()
    return call("conversations.open", json: writer.bytes)
  }

  /// Lists the last messages of a conversation, or of a thread in it.
  ///
  /// See docs.slack.dev/reference/methods/conversations.history and conversations.replies, which do not accept JSON.
  func look(in channel: String, thread: String?) -> HTTPExchange {
    // These IDs came from Slack's answers, and nothing but an ID may get into the form.
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
    .applying(settings.httpOptions)
  }
}

extension String {
  /// Its letters, digits and dots: all that Slack's IDs and timestamps consist of.
  fileprivate var onlyID: String { filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") } }
}
