// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// An exchange under way on an easy handle.
///
/// It lives on its loop's thread, where libcurl calls it back.
protocol Transfer: AnyObject {
  /// Where a connection may lead to; nil for anywhere.
  var gate: AddressGate? { get }
  /// Sets everything that differs from a handle that was just reset.
  func prepare(_ handle: EasyHandle)
  /// Says what came of it.
  func reply(after result: CURLcode, on handle: EasyHandle) -> Reply
  /// Whether it failed because a kept connection had been closed meanwhile, before the other side heard of it.
  func wantsFreshConnection(after result: CURLcode, on handle: EasyHandle) -> Bool
}

/// A piece of work for a loop, ready to go: what cannot be sent was refused before it became one.
struct Job: Sendable {
  enum Work: Sendable {
    case http(PreparedRequest)
    case mail(PreparedMail)
  }

  let work: Work
  let ticket: Ticket

  /// What shares connections and their limit.
  var lane: String {
    switch work {
    case .http(let request): request.address.origin
    case .mail(let mail): mail.url
    }
  }

  /// Whether it must hear what the server offers, which it says on a new connection only.
  var needsGreeting: Bool { if case .mail(let mail) = work { mail.isInternational } else { false } }

  /// The transfer of this job, which ends early when `isStopping` says that its loop was asked to end.
  func makeTransfer(isStopping: @escaping () -> Bool) -> any Transfer {
    switch work {
    case .http(let request): HTTPTransfer(request)
    case .mail(let mail): MailTransfer(mail, isCancelled: { [ticket] in isStopping() || ticket.submission.isCancelled })
    }
  }
}

extension Duration {
  /// Whole milliseconds, at least one (to libcurl zero means no limit) and at most twelve days.
  var curlMilliseconds: Int {
    let milliseconds = self / .milliseconds(1)
    return Int(min(max(milliseconds, 1), 1e9))
  }
}
