// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What an HTTP answer shows about a service.
package struct HTTPProbe: Sendable {
  private let settings: ProbeSource.Settings

  package init(_ settings: ProbeSource.Settings) { self.settings = settings }

  /// - Throws: if the probe could not be made.
  package func result(of reply: Reply, after latency: Duration) throws(TransportFailure) -> ProbeResult {
    switch reply {
    case .http(let answer):
      if let fault = fault(in: answer) { return .failed(fault) }
      return .answered(after: latency, daysLeft: nil)
    case .failed(let failure): return try ProbeResult(of: failure)
    case .mail, .appended, .process: throw TransportFailure(.other, "there was no HTTP response")
    }
  }

  private func fault(in answer: HTTPReply) -> String? {
    let isWell =
      settings.status.isEmpty
      ? (200...299).contains(answer.status) : settings.status.contains { $0.value == answer.status }
    guard isWell else { return "it responded with HTTP \(answer.status)" }
    guard let text = settings.contains, !HTTPProbe.contains(Array(text.utf8), in: answer.body) else { return nil }
    return "its response does not contain the expected text"
  }

  /// Compares bytes, because an answer may contain anything.
  private static func contains(_ text: [UInt8], in body: [UInt8]) -> Bool {
    guard let first = text.first, body.count >= text.count else { return text.isEmpty }
    return (0...(body.count - text.count)).contains { body[$0] == first && body[$0...].starts(with: text) }
  }
}

extension ProbeResult {
  /// What a failed exchange shows: usually that the service is unhealthy.
  ///
  /// - Throws: the failure, if it is ours.
  package init(of failure: TransportFailure) throws(TransportFailure) {
    switch failure.kind {
    case .malformed, .cancelled, .file, .notStarted, .pathEscapes, .diskFull, .noToken, .login, .unusableSecret,
      .addressRefused:
      throw failure
    case .nameNotFound, .notConnected, .tls, .timedOutBeforeSending, .timedOutAfterSending, .connectionLost,
      .outOfStep, .replyTooLarge, .other:
      // libcurl states how many milliseconds it tried; that changes with every probe, and would change the alert.
      self = .failed(failure.message.replacing(#/ after \d+ ms/#, with: ""))
    }
  }
}
