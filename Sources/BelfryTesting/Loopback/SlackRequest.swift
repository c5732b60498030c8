// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

/// A call of one of Slack's methods, checked the way Slack does.
///
/// Errors: docs.slack.dev/reference/methods/chat.postMessage. Limits: docs.slack.dev/reference/block-kit/blocks; the
/// limit of all blocks together is not documented.
struct SlackRequest {
  /// The most characters of `text`; longer text is cut off, with a warning.
  static let textLimit = 40_000
  private static let allBlocksLimit = 13_200

  private let request: LoopbackRequest
  private let body: JSONNode?
  private let isJSON: Bool
  /// The form's values, by name.
  private let form: [String: String]

  /// The known methods.
  enum Method: String, CaseIterable {
    case post = "chat.postMessage"
    case update = "chat.update"
    case open = "conversations.open"
    case history = "conversations.history"
    case replies = "conversations.replies"

    /// Whether it takes a form instead of JSON: the methods that read do.
    var takesForm: Bool { self == .history || self == .replies }
  }

  init(_ request: LoopbackRequest) {
    self.request = request
    let parsed = JSONTree.parse(SourceText(name: "request", bytes: request.body))
    isJSON = parsed.problems.isEmpty && parsed.node != nil && String(validating: request.body, as: UTF8.self) != nil
    body = parsed.node
    let pairs = String(decoding: request.body, as: UTF8.self).split(separator: "&").map {
      $0.split(separator: "=", maxSplits: 1)
    }
    form = Dictionary(pairs.compactMap { $0.count == 2 ? (String($0[0]), String($0[1])) : nil }) { first, _ in first }
  }

  var method: Method? { Method.allCases.first { request.target == "/api/\($0.rawValue)" } }
  var recipient: String { body?["channel"]?.string ?? form["channel"] ?? "" }
  var users: String { body?["users"]?.string ?? "" }
  /// The timestamp of the message to edit or to list replies of.
  var ts: String { body?["ts"]?.string ?? form["ts"] ?? "" }
  var thread: String? { body?["thread_ts"]?.string }
  var metadata: JSONNode? { body?["metadata"] }
  var deliveryID: String? { metadata?["event_payload"]?["delivery_id"]?.string }
  var text: String { body?["text"]?.string ?? "" }

  /// Slack's error for the request; nil if it posts the message.
  func error(token: String, recipients: Set<String>?) -> String? {
    if let error = frameError(token: token) { return error }
    switch method {
    case .post, .update: return bodyError(recipients: recipients)
    case .open, .history, .replies, nil: return nil
    }
  }

  private func frameError(token: String) -> String? {
    guard let method else { return "unknown_method" }
    guard request.method == "POST" else { return "invalid_post_type" }
    guard let authorization = request["authorization"], authorization.hasPrefix("Bearer ") else { return "not_authed" }
    guard authorization == "Bearer \(token)" else { return "invalid_auth" }
    guard let type = request["content-type"] else { return "missing_post_type" }
    let parts = type.lowercased().split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    if method.takesForm { return parts.first == "application/x-www-form-urlencoded" ? nil : "invalid_post_type" }
    guard parts.first == "application/json" else { return "invalid_post_type" }
    guard parts.contains("charset=utf-8") else { return "invalid_charset" }
    guard isJSON else { return "invalid_json" }
    return body?.members == nil ? "json_not_object" : nil
  }

  private func bodyError(recipients: Set<String>?) -> String? {
    guard let first = recipient.first, "UWCDG".contains(first), recipients?.contains(recipient) ?? true else {
      return "channel_not_found"
    }
    let blocks = body?["blocks"]?.elements
    guard body?["blocks"] == nil || blocks != nil else { return "invalid_blocks_format" }
    guard !text.isEmpty || blocks?.isEmpty == false else { return "no_text" }
    guard let blocks else { return nil }
    guard blocks.count <= 50, blocks.allSatisfy(isSound) else { return "invalid_blocks" }
    return blocks.map(characters).reduce(0, +) > SlackRequest.allBlocksLimit ? "msg_blocks_too_long" : nil
  }

  private func isSound(_ block: JSONNode) -> Bool {
    switch block["type"]?.string {
    case "header": isText(block["text"], upTo: 150, types: ["plain_text"])
    case "section": isSoundSection(block)
    case "context": isList(block["elements"], upTo: 10) { isText($0, upTo: 2000) || $0["type"]?.string == "image" }
    case "actions": isList(block["elements"], upTo: 25) { isText($0["text"], upTo: 75, types: ["plain_text"]) }
    case "divider", "rich_text", "image": true
    default: false
    }
  }

  private func isSoundSection(_ block: JSONNode) -> Bool {
    guard block["text"] != nil || block["fields"] != nil else { return false }
    return (block["text"] == nil || isText(block["text"], upTo: 3000))
      && (block["fields"] == nil || isList(block["fields"], upTo: 10) { isText($0, upTo: 2000) })
  }

  private func isList(_ node: JSONNode?, upTo count: Int, where isSound: (JSONNode) -> Bool) -> Bool {
    guard let elements = node?.elements else { return false }
    return (1...count).contains(elements.count) && elements.allSatisfy(isSound)
  }

  private func isText(_ node: JSONNode?, upTo limit: Int, types: Set<String> = ["plain_text", "mrkdwn"]) -> Bool {
    guard let type = node?["type"]?.string, types.contains(type), let text = node?["text"]?.string else { return false }
    return (1...limit).contains(text.unicodeScalars.count)
  }

  /// The number of characters in all texts in it.
  private func characters(in node: JSONNode) -> Int {
    let own = node["text"]?.string?.unicodeScalars.count ?? 0
    let below = (node.members?.map(\.node) ?? []) + (node.elements ?? [])
    return own + below.map(characters).reduce(0, +)
  }
}
