// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("An investigation", .endsIfItHangs)
struct InvestigationWatchTests {
  private static func says(_ text: String) -> Reply { .process(ProcessReply(.exited(0), output: Array(text.utf8))) }

  @Test("asks once about a second finding, sends the answer, audits it, and skips rows before the first start")
  func answered() async throws {
    let environment = try InvestigatorEnvironment { _ in InvestigationWatchTests.says("The disk is full.\n") }
    try environment.found("web")
    try environment.found("web")
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      #expect(environment.asked.isEmpty)
      try environment.found("web")
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages()
      #expect(sent.count == 1)
      #expect(sent.first?.contains("The disk is full.") == true)
    }
    let run = try #require(environment.asked.first)
    #expect(environment.asked.count == 1)
    #expect(String(decoding: run.input, as: UTF8.self).contains(#""subject":"web""#))
    let rows = await environment.audited()
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
      (InvestigationWatchTests.says(" \n"), "no_text", "returned no text"),
      (InvestigationWatchTests.says(String(repeating: "a", count: 4097)), "too_long", "max_output"),
    ]
  )
  func fallback(_ reply: Reply, _ code: String, _ reason: String) async throws {
    let environment = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { _ in reply }
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages()
      #expect(sent.count == 1)
      for text in [reason, "web is unhealthy", "HTTP 503", "bad_looks: 3"] {
        #expect(sent.first?.contains(text) == true, "\(text) in \(sent)")
      }
    }
    let rows = await environment.audited()
    #expect(rows.first?.contains(#""status":"fallback","error":"\#(code)""#) == true)
  }

  @Test("without an investigator sends the event")
  func absent() async throws {
    let environment = try InvestigatorEnvironment(#""consecutive": 1"#) { _ in
      InvestigationWatchTests.says("never asked")
    }
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages()
      #expect(sent.first?.contains("no investigator is configured") == true)
      #expect(sent.first?.contains("HTTP 503") == true)
    }
  }

  @Test("that was pending is reported once after a restart, which continues where the log was read")
  func killed() async throws {
    let environment = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { run in
      if String(decoding: run.input, as: UTF8.self).contains(#""subject":"later""#) {
        return InvestigationWatchTests.says("fine")
      }
      // Until it is cancelled.
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages(open: 1)
      #expect(sent.isEmpty)
    }
    try environment.found("later")
    for _ in 1...2 {
      try await environment.during {
        let sent = try await environment.sentMessages()
        #expect(sent.count { $0.contains("before it answered") && $0.contains("web is unhealthy") } == 1)
        #expect(sent.count { $0.contains("fine") && $0.contains("later is unhealthy") } == 1)
        #expect(sent.count == 2)
      }
    }
  }

  @Test("that hangs delays no other")
  func hanging() async throws {
    let environment = try InvestigatorEnvironment(InvestigatorEnvironment.exec + #", "consecutive": 1"#) { run in
      guard String(decoding: run.input, as: UTF8.self).contains(#""subject":"slow""#) else {
        return InvestigationWatchTests.says("quick")
      }
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    try await environment.during {
      try environment.found("slow")
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages(open: 1)
      #expect(sent.count == 1)
      #expect(sent.first?.contains("quick") == true)
    }
  }

  @Test("mentions nobody, whatever the answer contains")
  func hostile() async throws {
    let channel = #"{"kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF"}"#
    let environment = try InvestigatorEnvironment(
      InvestigatorEnvironment.exec + #", "consecutive": 1"#,
      channel: channel
    ) {
      _ in
      InvestigationWatchTests.says("<!channel> <@U1> <https://evil.example|here> \u{1B}[31m")
    }
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      let sent = try await environment.sentMessages()
      let body = try #require(sent.first)
      #expect(body.contains("&lt;!channel&gt;"))
      for text in ["<!channel>", "<@U1>", "<https://evil", "\u{1B}", "\\u001b"] { #expect(!body.contains(text)) }
    }
  }

  @Test("begins when the ledger settles a second message about a critical alert, and goes on there after a restart")
  func settledInTheLedger() async throws {
    let environment = try InvestigatorEnvironment { _ in .process(ProcessReply(.exited(0), output: Array("Disk.".utf8)))
    }
    let alert = Alert.sample("a", .critical, detail: "98 % full")
    func deliver(_ id: String) async throws {
      let policy = ScriptedPolicy { events, state, now in ScriptedPolicy.notify(events, on: ["dm"], &state, now) }
      _ = try await environment.ledger.ingest(
        [.fired(.sample(id, .critical, detail: "98 % full"))],
        policy: policy,
        lease: nil
      )
      try await environment.dispatcher.drain()
    }
    // Before the first start: not investigated.
    try await deliver("before")
    try await environment.during {
      try await deliver("a")
      await environment.poll()
      let first = environment.asked.count
      #expect(first == 0)
      try await deliver("b")
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    let asked = try #require(environment.asked.first)
    #expect(environment.asked.count == 1)
    let question = String(decoding: asked.input, as: UTF8.self)
    #expect(question.contains("98 % full") && question.contains("\"source\":\"app\""), "\(question)")
    let found = try await environment.ledger.investigations(of: Alert.sample("b", .critical).investigated, limit: 9)
    #expect(found.map(\.error) == [nil] && alert.category == "disk")
    // Another start goes on after the last message.
    try await environment.during {
      await environment.poll()
    }
    #expect(environment.asked.count == 1)
  }
}
