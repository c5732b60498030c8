// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A program as a source")
struct ExecSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func source(_ settings: String, _ transport: any Transport) throws -> PolledSource<ExecSource> {
    let settings = try ExecSource.settings("{\(settings)}", environment: ["KEY": "s3cret-word"])
    return PolledSource(source: ExecSource(name: "it", settings: settings), transport: transport)
  }

  private func observe(_ end: ProcessReply.End, _ output: String, _ errors: String = "") async throws -> Observation {
    let reply = ProcessReply(end, output: Array(output.utf8), errors: Array(errors.utf8))
    let settings = #""command": "/opt/alerts", "environment": {"KEY": "${KEY}"}, "max_output": 4096"#
    var source = try source(settings, ScriptedTransport { _ in .process(reply) })
    return await source.poll(at: now)
  }

  @Test("is run with its arguments, variables and limits, and nothing of Belfry's environment")
  func runs() async throws {
    let transport = ScriptedTransport { _ in .process(ProcessReply(.exited(0), output: Array("[]".utf8))) }
    let settings = #"""
      "command": ["/opt/alerts", "--of", "$(id) now"], "environment": {"KEY": "${KEY}", "LANG": "C"},
      "folder": "/srv", "timeout": "3s", "max_output": 5000
      """#
    var source = try source(settings, transport)
    _ = await source.poll(at: now)
    let expected = ProcessRun(
      path: "/opt/alerts",
      arguments: ["--of", "$(id) now"],
      environment: [
        EnvironmentVariable("PATH", "/usr/local/bin:/usr/bin:/bin"),
        EnvironmentVariable("KEY", secret: Secret("s3cret-word")), EnvironmentVariable("LANG", "C"),
      ],
      folder: "/srv",
      limits: ProcessLimits(total: .seconds(3), outputBytes: 5001)
    )
    #expect(transport.carried == [.process(expected)])
  }

  @Test("reports what it prints when it exits with status 0")
  func reads() async throws {
    let output =
      #"{"alerts": [{"id": "a", "severity": "critical", "category": "queue", "title": "The queue is full"}]}"#
    let alert = Alert(source: "it", id: "a", severity: .critical, category: "queue", title: "The queue is full")
    #expect(try await observe(.exited(0), output).alerts == [alert])
    #expect(try await observe(.exited(0), "[]\n").alerts == [])
  }

  @Test(
    "is unreadable if it fails, is killed, or prints nothing, no list or too much",
    arguments: [
      (.exited(1), "[]", "/opt/alerts exited with status 1; output: no key ‹secret›"),
      (.exited(75), "[]", "/opt/alerts exited with status 75"), (.signalled(9), "[]", "was killed by signal 9"),
      (.exited(0), "", "printed nothing"), (.exited(0), " \n", "printed nothing"),
      (.exited(0), "all is well", "/opt/alerts:1:"), (.exited(0), "{}", "there is no list of alerts"),
      (.exited(0), String(repeating: " ", count: 4095) + "[]", "more than the 4096 bytes of `max_output`"),
    ] as [(ProcessReply.End, String, String)]
  )
  func fails(end: ProcessReply.End, output: String, reason: String) async throws {
    let failure = try #require(try await observe(end, output, "trying\nno key s3cret-word\n").failure)
    #expect(failure.contains(reason), "\(failure)")
  }

  @Test("ends none of its alerts if it prints a truncated list")
  func cut() async throws {
    let observation = try await observe(
      .exited(0),
      #"[{"id": "a", "severity": "info", "title": "A"}, {"id": "b", "sev"#
    )
    guard case .alerts(let snapshot) = observation.outcome else {
      Issue.record("it is unreadable")
      return
    }
    #expect(snapshot.alerts.map(\.id) == ["a"] && !snapshot.isComplete)
  }

  private func polled(_ settings: String, _ transport: any Transport) async throws -> Observation {
    var source = try source(settings, transport)
    return await source.poll(at: now)
  }

  @Test("is unreadable if it cannot be started, or takes too long")
  func notStarted() async throws {
    let transport = SystemTransport()
    let missing = try await polled(#""command": "/nowhere/alerts""#, transport)
    #expect(missing.failure?.contains("/nowhere/alerts could not be started") == true)
    let slow = #""command": ["/bin/sleep", "30"], "timeout": "1s""#
    let late = try await polled(slow, transport)
    #expect(late.failure?.contains("did not finish within 1s") == true)
    let real = try await polled(#""command": ["/bin/echo", "[]"]"#, PatientTransport(transport))
    #expect(real.alerts == [])
    await transport.shutdown()
  }
}
