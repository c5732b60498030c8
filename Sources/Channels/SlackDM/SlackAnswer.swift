// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Slack's answer and its meaning.
///
/// Slack reports failures with status 200 and `"ok": false`.
struct SlackAnswer {
  private let reply: HTTPReply
  let body: JSONNode?

  init(_ reply: HTTPReply) {
    self.reply = reply
    body = reply.json
  }

  var isOK: Bool { (200...299).contains(reply.status) && body?["ok"]?.value == .bool(true) }
  /// The error's code; nil if there is none.
  var error: String? { body?["ok"]?.value == .bool(false) ? SlackAnswer.code(body?["error"]?.string ?? "") : nil }
  /// Whether the thread does not exist or accepts no more messages.
  var isMissingThread: Bool {
    ["thread_not_found", "message_not_found", "restricted_action_thread_locked"].contains(error ?? "")
  }

  /// The timestamp of this delivery's message, if it is among the listed ones.
  func message(of delivery: DeliveryID, besides root: String?) -> String? {
    body?["messages"]?.elements?.first {
      $0["metadata"]?["event_payload"]?["delivery_id"]?.string == delivery.text && $0["ts"]?.string != root
    }?["ts"]?.string
  }

  var verdict: Verdict {
    // A rate limit or a failing server is judged by its status, with or without a body.
    if reply.status == 429 || reply.status >= 500 { return Verdict(reply) }
    switch body?["ok"]?.value {
    case .bool(true) where (200...299).contains(reply.status): return .delivered(receipt)
    case .bool(false): return refusal
    case _ where (200...299).contains(reply.status):
      return .ambiguous(because: .init("unreadable_answer", "Slack's response is not valid."))
    default: return Verdict(reply)
    }
  }

  /// The receipt.
  ///
  /// Its channel is the `D…` conversation of the user; `chat.update` accepts no other.
  private var receipt: Receipt {
    var values: Labels = [:]
    values["channel"] = body?["channel"]?.string
    values["ts"] = body?["ts"]?.string
    let warnings = body?["response_metadata"]?["warnings"]?.elements?.compactMap(\.string) ?? []
    if !warnings.isEmpty { values["warning"] = warnings.joined(separator: ", ").truncated(to: 200) }
    return Receipt(values)
  }

  private var refusal: Verdict {
    let code = SlackAnswer.code(body?["error"]?.string ?? "")
    let reason = Verdict.Reason(code, "Slack refused the message.")
    switch SlackAnswer.meanings[code] {
    case .retry: return .retry(after: reply.retryAfter, because: reason)
    case .ambiguous: return .ambiguous(because: reason)
    case .rejected(let rejection):
      return .rejected(rejection, because: .init(code, reason.text + SlackAnswer.remedy(for: rejection)))
    // An unknown code may be temporary. When the attempts run out, the dead letter names it.
    case nil: return .retry(after: reply.retryAfter, because: reason)
    }
  }

  private static func remedy(for rejection: Verdict.Rejection) -> String {
    switch rejection {
    case .operator: " Check `token` and the app's scopes."
    case .target: " Check `user`."
    case .payload: ""
    }
  }

  /// The text if it is a code, so that nothing else of an answer reaches a log.
  private static func code(_ text: String) -> String {
    let isCode = (1...60).contains(text.utf8.count) && text.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) }
    return isCode ? text : "no_known_error"
  }

  /// Every error with its own meaning here; the docs have a row for each.
  static var knownErrors: Set<String> { Set(meanings.keys) }

  private enum Meaning {
    case retry
    case ambiguous
    case rejected(Verdict.Rejection)
  }

  /// The errors of chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage), grouped by how to fix them.
  private static let meanings: [String: Meaning] = table([
    (.retry, "ratelimited rate_limited message_limit_exceeded internal_error service_unavailable request_timeout"),
    (.ambiguous, "fatal_error"),
    (
      .rejected(.operator),
      """
      invalid_auth not_authed account_inactive token_revoked token_expired missing_scope ekm_access_denied accesslimited \
      no_permission not_allowed_token_type org_login_required two_factor_setup_required team_access_not_granted \
      access_denied team_added_to_org as_user_not_supported deprecated_endpoint method_deprecated
      """
    ),
    (
      .rejected(.target),
      """
      channel_not_found is_archived not_in_channel user_not_found user_disabled cannot_dm_bot messages_tab_disabled \
      restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel \
      restricted_action_non_threadable_channel restricted_action_thread_locked message_not_found thread_not_found \
      cant_update_message edit_window_closed method_not_supported_for_channel_type \
      enterprise_is_restricted slack_connect_canvas_sharing_blocked
      """
    ),
    (
      .rejected(.payload),
      """
      invalid_blocks msg_blocks_too_long msg_too_long no_text invalid_arguments invalid_arg_name invalid_array_arg \
      invalid_blocks_format invalid_charset invalid_form_data invalid_post_type missing_post_type invalid_json \
      json_not_object metadata_too_large metadata_must_be_sent_from_app invalid_metadata_format invalid_metadata_schema \
      too_many_attachments markdown_text_conflict
      """
    ),
  ])

  private static func table(_ rows: [(meaning: Meaning, codes: String)]) -> [String: Meaning] {
    let pairs = rows.flatMap { row in row.codes.split(separator: " ").map { (String($0), row.meaning) } }
    return Dictionary(pairs) { first, _ in first }
  }
}
