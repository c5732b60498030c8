// SPDX-License-Identifier: Apache-2.0

extension Verdict {
  /// The verdict with secrets masked in the text from a service or program, whatever the channel did with it.
  package func redacted(by redaction: Redaction) -> Verdict {
    guard !redaction.isEmpty else { return self }
    return switch self {
    case .delivered(let receipt): .delivered(receipt.redacted(by: redaction))
    case .partial(let receipt, let reason, let retry):
      .partial(receipt.redacted(by: redaction), because: reason.redacted(by: redaction), retry: retry)
    case .retry(let after, let reason): .retry(after: after, because: reason.redacted(by: redaction))
    case .ambiguous(let reason): .ambiguous(because: reason.redacted(by: redaction))
    case .rejected(let rejection, let reason): .rejected(rejection, because: reason.redacted(by: redaction))
    }
  }
}

extension Verdict.Reason {
  fileprivate func redacted(by redaction: Redaction) -> Verdict.Reason {
    var reason = self
    reason.code = redaction.masked(code)
    reason.text = redaction.masked(text)
    return reason
  }
}

extension Receipt {
  fileprivate func redacted(by redaction: Redaction) -> Receipt {
    Receipt(redaction.masked(values))
  }
}
