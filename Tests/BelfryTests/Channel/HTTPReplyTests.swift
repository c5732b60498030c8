// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("An HTTP answer")
struct HTTPReplyTests {
  @Test("is read as JSON, and anything else is nil")
  func json() {
    let node = HTTPReply(status: 200, body: Array(#"{"id": 7, "x": 1.5, "ok": true, "big": 1e300}"#.utf8)).json
    #expect(node?["id"]?.int == 7)
    #expect(node?["x"]?.int == nil)
    #expect(node?["x"]?.double == 1.5)
    #expect(node?["big"]?.int == nil)
    #expect(node?["ok"]?.bool == true)
    #expect(node?["ok"]?.int == nil)
    for text in ["", "<html>", #"{"id": 7"#, "{} {}"] {
      #expect(HTTPReply(status: 200, body: Array(text.utf8)).json == nil, "\(text)")
    }
  }

  @Test(
    "states a wait in JSON",
    arguments: [
      ("5", .seconds(5)), ("0.64", .milliseconds(640)), (#""30""#, .seconds(30)), ("1e12", .seconds(31_536_000)),
      ("-1", nil), ("null", nil), (#""soon""#, nil), (#""nan""#, nil), ("true", nil), ("[5]", nil),
    ] as [(String, Duration?)]
  )
  func wait(text: String, wait: Duration?) {
    let answer = HTTPReply(status: 429, body: Array("{\"wait\": \(text)}".utf8))
    #expect(answer.wait(seconds: answer.json?["wait"]) == wait)
  }

  @Test("states a wait as a moment, measured from its own date")
  func epoch() {
    let dated = HTTPReply(status: 429, fields: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])
    #expect(dated.wait(untilEpoch: "784111807") == .seconds(30))
    #expect(dated.wait(untilEpoch: "784111000") == .zero)
    #expect(dated.wait(untilEpoch: "soon") == nil)
    #expect(HTTPReply(status: 429).wait(untilEpoch: "784111807") == nil)
  }
}
