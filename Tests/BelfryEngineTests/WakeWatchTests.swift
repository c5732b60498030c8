// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("An investigation", .endsIfItHangs)
struct WakeWatchTests {
  private static func says(_ text: String) -> Reply { .process(ProcessReply(.exited(0), output: Array(text.utf8))) }

  @Test("asks once about a second finding, sends the answer, audits it, and skips rows before the first start")
  func answered() async throws {
    let desk = try InvestigatorEnvironment { _ in WakeWatchTests.says("The disk is full.\n") }
    try desk.found("web")
    try desk.found("web")
    try await desk.during {
      try desk.found("web")
      await desk.look()
      #expect(desk.asked.isEmpty)
      try desk.found("web")
      try desk.found("web")
      await desk.look()
      let told = try await desk.told()
      #expect(told.count == 1)
      #expect(told.first?.contains("The disk is full.") == true)
    }
    let run = try #require(desk.asked.first)
    #expect(desk.asked.count == 1)
    #expect(String(decoding: run.input, as: UTF8.self).contains(#""subject":"web""#))
    let rows = await desk.audited()
    #expect(rows.count == 1)
    #expect(rows.first?.contains(#""seam":"probe.investigation_completed""#) == true)
    #expect(rows.first?.contains(#""status":"ok""#) == true)
    #expect(rows.first?.contains(#""caller_session_id":"probe:web:down""#) == true)
  }

  @Test(
    "without an answer sends the event verbatim, with the reason",
    arguments: [
      (Reply.process(ProcessReply(.exited(3), errors: Array("no idea\n".utf8))), "exit_3", "no idea"),
      (.process(ProcessReply(.signalled(9))), "signal_9", "signal 9"),
      (.failed(TransportFailure(.timedOutAfterSending, "it took too long")), "timed_out_after_sending", "too long"),
      (WakeWatchTests.says(" \n"), "no_text", "returned no text"),
      (WakeWatchTests.says(String(repeating: "a", count: 4097)), "too_long", "max_output"),
    ]
  )
  func fallback(_ reply: Reply, _ code: String, _ reason: String) async throws {
    let desk = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { _ in reply }
    try await desk.during {
      try desk.found("web")
      await desk.look()
      let told = try await desk.told()
      #expect(told.count == 1)
      for text in [reason, "web is unhealthy", "HTTP 503", "bad_looks: 3"] {
        #expect(told.first?.contains(text) == true, "\(text) in \(told)")
      }
    }
    let rows = await desk.audited()
    #expect(rows.first?.contains(#""status":"fallback","error":"\#(code)""#) == true)
  }

  @Test("without an investigator sends the event")
  func absent() async throws {
    let desk = try InvestigatorEnvironment(#""consecutive": 1"#) { _ in WakeWatchTests.says("never asked") }
    try await desk.during {
      try desk.found("web")
      await desk.look()
      let told = try await desk.told()
      #expect(told.first?.contains("no investigator is configured") == true)
      #expect(told.first?.contains("HTTP 503") == true)
    }
  }

  @Test("that was pending is reported once after a restart, which continues where the log was read")
  func killed() async throws {
    let desk = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { run in
      if String(decoding: run.input, as: UTF8.self).contains(#""subject":"later""#) {
        return WakeWatchTests.says("fine")
      }
      // Until it is cancelled.
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    try await desk.during {
      try desk.found("web")
      await desk.look()
      let told = try await desk.told(open: 1)
      #expect(told.isEmpty)
    }
    try desk.found("later")
    for _ in 1...2 {
      try await desk.during {
        let told = try await desk.told()
        #expect(told.count { $0.contains("before it answered") && $0.contains("web is unhealthy") } == 1)
        #expect(told.count { $0.contains("fine") && $0.contains("later is unhealthy") } == 1)
        #expect(told.count == 2)
      }
    }
  }

  @Test("that hangs delays no other")
  func hanging() async throws {
    let desk = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { run in
      guard String(decoding: run.input, as: UTF8.self).contains(#""subject":"slow""#) else {
        return WakeWatchTests.says("quick")
      }
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    try await desk.during {
      try desk.found("slow")
      try desk.found("web")
      await desk.look()
      let told = try await desk.told(open: 1)
      #expect(told.count == 1)
      #expect(told.first?.contains("quick") == true)
    }
  }

  @Test("mentions nobody, whatever the answer contains")
  func hostile() async throws {
    let channel = #"{"kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF"}"#
    let desk = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#, channel: channel) {
      _ in
      WakeWatchTests.says("<!channel> <@U1> <https://evil.example|here> \u{1B}[31m")
    }
    try await desk.during {
      try desk.found("web")
      await desk.look()
      let told = try await desk.told()
      let body = try #require(told.first)
      #expect(body.contains("&lt;!channel&gt;"))
      for text in ["<!channel>", "<@U1>", "<https://evil", "\u{1B}", "\\u001b"] { #expect(!body.contains(text)) }
    }
  }
}
