// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryDaemon
import BelfryLedger
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("Having what happened looked into", .timeLimit(.minutes(2)))
struct WakeWatchTests {
  /// A notifier with an audit log that the test writes.
  private final class Desk: Sendable {
    let folder: URL
    let rig: Rig
    let rows = KeptRows()
    let audit: AuditLog
    let settings: WakeSettings
    var log: String { folder.appending(path: "audit.jsonl").path }

    static let exec = #""investigator": {"kind": "exec", "command": "/opt/look", "max_output": 4096}"#

    init(
      _ wake: String = Desk.exec,
      channel: String = #"{"kind": "file", "path": "out.jsonl"}"#,
      _ script: @escaping @Sendable (ProcessRun) async -> Reply
    ) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "belfry-wake-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let json = #"{"channels": {"dm": \#(channel)}, "routes": [{"to": "dm"}], "wake": {"to": "dm", \#(wake)}}"#
      rig = try Rig(json) { outgoing in
        if case .process(let run) = outgoing { return await script(run) }
        return ScriptedTransport.accept(outgoing)
      }
      settings = try #require(rig.configuration.wake)
      audit = AuditLog(rows: rows, time: rig.time, console: Console(time: rig.time) { _ in })
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs a watch while `body` does, and cuts it off.
    func during(_ body: () async throws -> Void) async throws {
      let watch = WakeWatch(
        settings: settings,
        log: log,
        ledger: rig.ledger,
        dispatcher: rig.dispatcher,
        carrier: rig.transport,
        audit: audit,
        time: rig.time,
        console: Console(time: rig.time) { [rig] in rig.printed.add($0) }
      )
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await watch.run() }
        await rig.time.whenAsleep(1)
        try await body()
        group.cancelAll()
      }
    }

    func found(_ probe: String) throws {
      let request = WakeRequest(
        emittedAt: rig.time.now(),
        probe: probe,
        severity: .critical,
        category: "down",
        title: "\(probe) is unhealthy",
        detail: "HTTP 503",
        snapshot: ["bad_looks": "3"]
      )
      var writer = JSONWriter()
      request.encode(into: &writer)
      let old = FileManager.default.contents(atPath: log) ?? Data()
      // In place, as the log is written: another file would be another log.
      if old.isEmpty {
        try Data(writer.bytes).write(to: URL(filePath: log))
      } else {
        let handle = try FileHandle(forWritingTo: URL(filePath: log))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(writer.bytes))
        try handle.close()
      }
    }

    func look() async {
      rig.time.advance(by: .seconds(30))
      await rig.time.whenAsleep(1)
    }

    /// What is told in the end, when only `open` are left that wait for an answer.
    func told(open: Int = 0) async throws -> [String] {
      while try await rig.ledger.marks(beginning: "wake.open.").count > open { await Task.yield() }
      try await rig.dispatcher.drain()
      return rig.sent.compactMap { outgoing in
        switch outgoing {
        case .append(let append): String(decoding: append.bytes, as: UTF8.self)
        case .http(let exchange): String(decoding: exchange.body, as: UTF8.self)
        case .mail, .process: nil
        }
      }
    }

    func audited() async -> [String] {
      await audit.flush()
      return rows.all
    }

    var asked: [ProcessRun] {
      rig.sent.compactMap { if case .process(let run) = $0 { run } else { nil } }
    }
  }

  private static func says(_ text: String) -> Reply { .process(ProcessReply(.exited(0), output: Array(text.utf8))) }

  @Test("asks once about a second finding, tells the answer, audits it, and leaves out what was before the first start")
  func answered() async throws {
    let desk = try Desk { _ in WakeWatchTests.says("The disk is full.\n") }
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
    "tells the event word for word, with the reason, where there is no answer",
    arguments: [
      (Reply.process(ProcessReply(.exited(3), errors: Array("no idea\n".utf8))), "exit_3", "no idea"),
      (.process(ProcessReply(.signalled(9))), "signal_9", "signal 9"),
      (.failed(TransportFailure(.timedOutAfterSending, "it took too long")), "timed_out_after_sending", "too long"),
      (WakeWatchTests.says(" \n"), "no_text", "said nothing"),
      (WakeWatchTests.says(String(repeating: "a", count: 4097)), "too_long", "max_output"),
    ]
  )
  func fallback(_ reply: Reply, _ code: String, _ reason: String) async throws {
    let desk = try Desk(Desk.exec + #", "consecutive": 1"#) { _ in reply }
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

  @Test("tells the event where there is no investigator")
  func absent() async throws {
    let desk = try Desk(#""consecutive": 1"#) { _ in WakeWatchTests.says("never asked") }
    try await desk.during {
      try desk.found("web")
      await desk.look()
      let told = try await desk.told()
      #expect(told.first?.contains("no investigator is configured") == true)
      #expect(told.first?.contains("HTTP 503") == true)
    }
  }

  @Test("tells what was asked and not answered once after a restart, and goes on from where the log was read")
  func killed() async throws {
    let desk = try Desk(Desk.exec + #", "consecutive": 1"#) { run in
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

  @Test("lets one that hangs hold up no other")
  func hanging() async throws {
    let desk = try Desk(Desk.exec + #", "consecutive": 1"#) { run in
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

  @Test("mentions nobody, whatever the answer says")
  func hostile() async throws {
    let channel = #"{"kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF"}"#
    let desk = try Desk(Desk.exec + #", "consecutive": 1"#, channel: channel) { _ in
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
