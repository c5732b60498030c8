// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// A running exchange on an easy handle.
///
/// It lives on its loop's thread, where libcurl calls it back.
protocol Transfer: AnyObject {
  /// Checks the addresses to connect to; nil to allow any.
  var gate: AddressGate? { get }
  /// Sets every option that differs from a freshly reset handle.
  func prepare(_ handle: EasyHandle)
  /// The reply for libcurl's result.
  func reply(after result: CURLcode, on handle: EasyHandle) -> Reply
  /// Whether it failed because the peer had closed a kept connection before receiving anything of this exchange.
  func wantsFreshConnection(after result: CURLcode, on handle: EasyHandle) -> Bool
}

/// A validated unit of work for a loop.
///
/// What cannot be sent is refused before it becomes a job.
struct TransferRequest: Sendable {
  enum Work: Sendable {
    case http(PreparedRequest)
    case mail(PreparedMail)
  }

  let work: Work
  let pending: PendingReply

  /// The key by which exchanges share connections and a limit.
  var queue: String {
    switch work {
    case .http(let request): request.address.origin
    case .mail(let mail): mail.url
    }
  }

  /// Whether it needs the server's greeting, which is sent only on a new connection.
  var needsGreeting: Bool { if case .mail(let mail) = work { mail.isInternational } else { false } }

  /// Makes the transfer of this job.
  ///
  /// It ends early when `isStopping` reports that its loop was asked to stop.
  func makeTransfer(isStopping: @escaping () -> Bool) -> any Transfer {
    switch work {
    case .http(let request): HTTPTransfer(request)
    case .mail(let mail): MailTransfer(mail, isCancelled: { [pending] in isStopping() || pending.batch.isCancelled })
    }
  }
}

extension Duration {
  /// Whole milliseconds, at least 1 (0 means no limit to libcurl) and at most twelve days.
  var curlMilliseconds: Int {
    let milliseconds = self / .milliseconds(1)
    return Int(min(max(milliseconds, 1), 1e9))
  }
}
