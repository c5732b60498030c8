// SPDX-License-Identifier: Apache-2.0

extension Verdict {
  /// What an exchange that did not come to its end means, whatever the channel.
  ///
  /// What had left may have arrived, so it is ambiguous; what had not left is tried again.
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

  /// An answer of a kind that the channel never asked for: our own mistake, told as one.
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
