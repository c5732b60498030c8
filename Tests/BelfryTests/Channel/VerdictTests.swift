// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Verdicts that apply to every service")
struct VerdictTests {
  @Test(
    "follow from an HTTP status",
    arguments: [
      (200, "delivered"), (204, "delivered"), (299, "delivered"), (301, "operator"), (307, "operator"),
      (400, "payload"), (401, "operator"), (403, "operator"), (404, "target"), (408, "retry"), (410, "target"),
      (413, "payload"), (415, "payload"), (422, "payload"), (429, "retry"), (500, "retry"), (501, "retry"),
      (503, "retry"), (599, "retry"), (100, "ambiguous"), (0, "ambiguous"), (700, "ambiguous"),
    ]
  )
  func statuses(status: Int, expected: String) {
    #expect(name(of: Verdict(HTTPReply(status: status))) == expected)
  }

  @Test("retry what was not sent, and treat what was sent as possibly delivered")
  func failures() {
    let expected: [TransportFailure.Kind: String] = [
      .nameNotFound: "retry", .notConnected: "retry", .noToken: "retry", .tls: "operator", .login: "operator",
      .unusableSecret: "operator",
      .timedOutBeforeSending: "retry", .timedOutAfterSending: "ambiguous", .connectionLost: "ambiguous",
      .outOfStep: "retry", .replyTooLarge: "ambiguous", .pathEscapes: "operator", .diskFull: "retry", .file: "operator",
      .addressRefused: "operator", .notStarted: "operator", .malformed: "payload", .cancelled: "retry",
      .other: "ambiguous",
    ]
    for kind in TransportFailure.Kind.allCases {
      #expect(name(of: Verdict(TransportFailure(kind, "why"))) == expected[kind], "\(kind)")
    }
  }

  @Test(
    "wait as long as the server asks",
    arguments: [
      ("30", nil, .seconds(30)),
      (" 0 ", nil, .zero),
      ("99999999999999999999", nil, .seconds(31_536_000)),
      ("-1", nil, nil),
      ("1.5", nil, nil),
      ("soon", "Sun, 06 Nov 1994 08:49:37 GMT", nil),
      ("", nil, nil),
      ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", .seconds(60)),
      ("Sun, 06 Nov 1994 08:48:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", .zero),
      ("Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:49:37 1994", .seconds(60)),
      ("Sun, 06 Nov 1994 08:50:37 GMT", nil, nil),
      ("Sun, 06 Nov 1994 08:50:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT", nil),
      ("Sun, 31 Feb 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", nil),
    ] as [(String, String?, Duration?)]
  )
  func retryAfter(value: String, date: String?, expected: Duration?) {
    let fields = [("Retry-After", value)] + (date.map { [("Date", $0)] } ?? [])
    #expect(HTTPReply(status: 429, fields: fields).retryAfter == expected)
  }

  private func name(of verdict: Verdict) -> String {
    switch verdict {
    case .delivered: "delivered"
    case .partial: "partial"
    case .retry: "retry"
    case .ambiguous: "ambiguous"
    case .rejected(let rejection, _): rejection.rawValue
    }
  }
}
