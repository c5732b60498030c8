// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ChannelContract {
  /// Checks that every answer gets a verdict, and that answers with a universal meaning get the right one.
  func checkInterpreting(_ channel: Channel, _ sample: Outgoing, _ breaches: inout Breaches) {
    breaches.expect(
      channel.interpret(success ?? sample.success).isDelivered,
      "the answer of a service that has accepted is not judged as delivered."
    )
    checkFailures(channel, &breaches)
    switch sample {
    case .http: checkStatuses(channel, &breaches)
    case .mail: checkCodes(channel, &breaches)
    case .append: break
    case .process: checkEnds(channel, &breaches)
    }
    for reply in strangeReplies { check(channel.interpret(reply), "a strange answer", &breaches) }
  }

  private func checkFailures(_ channel: Channel, _ breaches: inout Breaches) {
    for kind in TransportFailure.Kind.allCases {
      let verdict = channel.interpret(.failed(TransportFailure(kind, "a test")))
      check(verdict, kind.rawValue, &breaches)
      breaches.expect(!verdict.isDelivered, "the failure \(kind.rawValue) is judged as delivered.")
    }
    for kind in [TransportFailure.Kind.notConnected, .timedOutBeforeSending] {
      let verdict = channel.interpret(.failed(TransportFailure(kind, "a test")))
      breaches.expect(verdict.isRetry, "the failure \(kind.rawValue) is not retried.")
    }
  }

  private func checkStatuses(_ channel: Channel, _ breaches: inout Breaches) {
    for body in bodies {
      for status in 100...599 {
        let verdict = channel.interpret(.http(HTTPReply(status: status, body: Array(body.utf8))))
        check(verdict, "status \(status)", &breaches)
        breaches.expect(!verdict.isDelivered || status / 100 == 2, "status \(status) is judged as delivered.")
        if status == 429 || status >= 500 {
          breaches.expect(verdict.isRetry, "status \(status) is not retried.")
        }
      }
    }
    let limited = HTTPReply(status: 429, fields: [("Retry-After", "7")])
    guard case .retry(after: .seconds(7)?, _) = channel.interpret(.http(limited)) else {
      return breaches.add("the Retry-After of a 429 is not respected.")
    }
  }

  private func checkCodes(_ channel: Channel, _ breaches: inout Breaches) {
    for text in ["", "5.1.1 no such user", "9.9.9"] + bodies.suffix(1) {
      for code in 0...599 {
        let verdict = channel.interpret(.mail(MailReply(code: code, text: text)))
        check(verdict, "code \(code)", &breaches)
        breaches.expect(verdict.isDelivered == (code / 100 == 2), "code \(code) is judged wrongly: \(verdict).")
        breaches.expect(verdict.isRetry || code / 100 != 4, "code \(code) is not retried.")
      }
    }
    let verdict = channel.interpret(.mail(MailReply(code: 535, text: "5.7.8 Authentication credentials invalid")))
    guard case .rejected(.operator, _) = verdict else {
      return breaches.add("a refused login is not judged as a problem for the operator.")
    }
  }

  private func checkEnds(_ channel: Channel, _ breaches: inout Breaches) {
    for text in bodies {
      let printed = Array(text.utf8)
      for status in 0...255 {
        let verdict = channel.interpret(.process(ProcessReply(.exited(status), output: printed, errors: printed)))
        check(verdict, "exit status \(status)", &breaches)
        breaches.expect(verdict.isDelivered == (status == 0), "exit status \(status) is judged wrongly: \(verdict).")
      }
      for signal in 1...64 {
        let verdict = channel.interpret(.process(ProcessReply(.signalled(signal), output: printed, errors: printed)))
        check(verdict, "signal \(signal)", &breaches)
        breaches.expect(!verdict.isDelivered, "a program killed by signal \(signal) is judged as delivered.")
      }
    }
    let busy = channel.interpret(.process(ProcessReply(.exited(75))))
    breaches.expect(busy.isRetry, "exit status 75 (EX_TEMPFAIL) is not retried.")
  }

  /// Checks that a reason is a short code and a sentence, without secrets.
  private func check(_ verdict: Verdict, _ answer: String, _ breaches: inout Breaches) {
    guard let reason = verdict.reason else { return }
    let isCode = (1...80).contains(reason.code.utf8.count) && reason.code.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    breaches.expect(isCode, "the reason given for \(answer) has no code that is safe for a log: \(reason.code)")
    breaches.expect(reason.text.utf8.count <= 1000, "the reason given for \(answer) is longer than a sentence.")
    for secret in settings.secrets where reason.description.contains(secret) {
      breaches.add("the reason given for \(answer) shows a secret.")
    }
  }

  /// Bodies that services answer with when something is wrong, including an echo of the credentials.
  private var bodies: [String] {
    [
      "", "{}", "null", "<html>", #"{"ok":false,"error":"\u0000"}"#,
      #"{"error":"invalid \#(settings.secrets.joined())"}"#,
    ]
  }

  private var strangeReplies: [Reply] {
    [
      .appended, .mail(MailReply(code: 0, text: "")), .http(HTTPReply(status: 0)), .http(HTTPReply(status: -1)),
      .http(HTTPReply(status: 999, body: [0xFF, 0xFE])), .mail(MailReply(code: 999, text: "\u{0}")),
      .http(HTTPReply(status: 429, fields: [("Retry-After", "99999999999999999999")])),
      .http(HTTPReply(status: 503, fields: [("Retry-After", "soon"), ("Date", "never")])),
      .process(ProcessReply(.exited(-1), output: [0xFF, 0], errors: [0xFF, 0])), .process(ProcessReply(.signalled(0))),
    ]
  }
}

extension Outgoing {
  fileprivate var success: Reply {
    switch self {
    case .http: .http(HTTPReply(status: 200, body: Array("{}".utf8)))
    case .mail(let mail): .mail(MailReply(code: 250, text: "2.0.0 Ok", messageID: mail.messageID))
    case .append: .appended
    case .process: .process(ProcessReply(.exited(0)))
    }
  }
}

extension Verdict {
  fileprivate var isDelivered: Bool { if case .delivered = self { true } else { false } }
  fileprivate var isRetry: Bool { if case .retry = self { true } else { false } }

  fileprivate var reason: Reason? {
    switch self {
    case .delivered: nil
    case .partial(_, let reason, _), .retry(_, let reason), .ambiguous(let reason), .rejected(_, let reason): reason
    }
  }
}
