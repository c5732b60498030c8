// SPDX-License-Identifier: Apache-2.0

extension Verdict {
  /// The verdict for an exchange that did not complete, for any channel.
  ///
  /// If the request was sent it may have arrived, so the verdict is ambiguous; otherwise it is retried.
  public init(_ failure: TransportFailure) {
    let reason = Reason(failure.kind.rawValue, failure.message)
    switch failure.kind {
    case .nameNotFound, .notConnected, .noToken, .timedOutBeforeSending, .outOfStep, .diskFull, .cancelled:
      self = .retry(after: nil, because: reason)
    case .timedOutAfterSending, .connectionLost, .replyTooLarge, .other:
      self = .ambiguous(because: reason)
    case .tls, .login, .unusableSecret, .pathEscapes, .file, .addressRefused, .notStarted:
      self = .rejected(.operator, because: reason)
    case .malformed:
      self = .rejected(.payload, because: reason)
    }
  }

  /// The verdict for a kind of reply that the channel never requested: a bug in Belfry, reported as one.
  public static func unexpected(_ reply: Reply) -> Verdict {
    let kind =
      switch reply {
      case .http: "an HTTP answer"
      case .mail: "a mail server's answer"
      case .appended: "an append to a file"
      case .process: "a program"
      case .failed: "a failure"
      }
    return .rejected(.operator, because: Reason("unexpected_reply", "This channel never asks for \(kind)."))
  }
}
