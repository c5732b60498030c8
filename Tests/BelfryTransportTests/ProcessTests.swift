// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryTransport

@Suite("Programs")
struct ProcessTests {
  @Test("read their input to its end, and their output is returned")
  func cat() async throws {
    let input = Array("one\ntwo\n".utf8)
    let reply = try await run(ProcessRun(path: "/bin/cat", input: input))
    #expect(reply == ProcessReply(.exited(0), output: input))
  }

  @Test("can read an input larger than any pipe while they print as much")
  func large() async throws {
    let input = [UInt8](repeating: 65, count: 3 << 20)
    let reply = try await run(ProcessRun(path: "/bin/cat", input: input, limits: ProcessLimits(outputBytes: 4 << 20)))
    #expect(reply.output == input)
  }

  @Test("get exactly their arguments, folder and variables, and nothing of Belfry's")
  func surroundings() async throws {
    let folder = try TemporaryFolder()
    let script = try program("printf '%s|' \"$@\"; pwd; env | sort; cat >&2", in: folder)
    let run = ProcessRun(
      path: script,
      arguments: ["a b", "$(id)", "'\"*", ""],
      environment: [EnvironmentVariable("A", "1 2"), EnvironmentVariable("TOKEN", secret: Secret("s3cret"))],
      folder: folder.path,
      input: Array("in".utf8)
    )
    let reply = try await self.run(run)
    let lines = String(decoding: reply.output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.first == "a b|$(id)|'\"*||\(folder.path)")
    // The variables that sh sets itself.
    let own = lines.dropFirst().filter { !$0.hasPrefix("PWD=") && !$0.hasPrefix("OLDPWD=") && !$0.hasPrefix("_=") }
    #expect(Array(own).filter { !$0.hasPrefix("SHLVL=") } == ["A=1 2", "TOKEN=s3cret"])
    #expect(reply.errors == Array("in".utf8))
  }

  @Test("return their exit status", arguments: [0, 1, 65, 75, 126, 255])
  func status(status: Int) async throws {
    let folder = try TemporaryFolder()
    let reply = try await run(ProcessRun(path: try program("exit \(status)", in: folder)))
    #expect(reply.end == .exited(status))
  }

  @Test("may be killed by a signal")
  func signalled() async throws {
    let folder = try TemporaryFolder()
    let reply = try await run(ProcessRun(path: try program("kill -9 $$", in: folder)))
    #expect(reply.end == .signalled(9))
  }

  @Test("start with the default signal handling")
  func signals() async throws {
    let folder = try TemporaryFolder()
    let reply = try await run(ProcessRun(path: try program("kill -TERM $$; echo survived", in: folder)))
    #expect(reply.end == .signalled(15))
  }

  @Test("may close their input before they have read it")
  func closed() async throws {
    let folder = try TemporaryFolder()
    let script = try program("exec <&-; echo done", in: folder)
    let reply = try await run(ProcessRun(path: script, input: [UInt8](repeating: 65, count: 1 << 20)))
    #expect(reply == ProcessReply(.exited(0), output: Array("done\n".utf8)))
  }

  @Test("may print without limit: the end of it is kept")
  func flood() async throws {
    let folder = try TemporaryFolder()
    let script = try program("yes | head -c 5000000; echo last; yes 2>/dev/null | head -c 100000 >&2", in: folder)
    let reply = try await run(ProcessRun(path: script, limits: ProcessLimits(outputBytes: 100)))
    #expect(reply.end == .exited(0))
    #expect(reply.output.count == 100 && reply.output.suffix(5) == Array("last\n".utf8))
    #expect(reply.errors.count == 100)
  }

  @Test("are asked to end when their time is up")
  func timeOut() async throws {
    let folder = try TemporaryFolder()
    let script = try program("trap 'echo bye > gone; exit 0' TERM; while :; do sleep 0.01; done", in: folder)
    // The limit grows until the program is far enough to notice that it should end.
    for total in ProcessTests.limits where !folder.has("gone") {
      let run = ProcessRun(path: script, folder: folder.path, limits: ProcessLimits(total: total, grace: .seconds(60)))
      #expect(await failure(run)?.kind == .timedOutAfterSending)
    }
    #expect(try folder.text("gone") == "bye\n")
  }

  @Test("are killed if they do not end, with all their children")
  func stubborn() async throws {
    let folder = try TemporaryFolder()
    // Both ignore the request to end; the second has no parent that could end it.
    let script = try program(
      "trap '' TERM; sh -c 'echo $$ > child; while :; do sleep 1; done' & wait; while :; do sleep 1; done",
      in: folder
    )
    for total in ProcessTests.limits where !folder.has("child") {
      let limits = ProcessLimits(total: total, grace: .milliseconds(100))
      let run = ProcessRun(path: script, folder: folder.path, limits: limits)
      #expect(await failure(run)?.kind == .timedOutAfterSending)
    }
    #expect(await isGone(in: folder))
  }

  // Waiting for the output of these two would take until the time limit, and then give no reply.
  @Test("leave nothing running that holds their output")
  func grandchild() async throws {
    let folder = try TemporaryFolder()
    let script = try program("sleep 600 & echo $! > child; echo done", in: folder)
    let reply = try await run(
      ProcessRun(path: script, folder: folder.path, limits: ProcessLimits(total: .seconds(600)))
    )
    #expect(reply == ProcessReply(.exited(0), output: Array("done\n".utf8)))
    #expect(await isGone(in: folder))
  }

  @Test("delay nobody if a child left their group and keeps their output open")
  func daemon() async throws {
    let folder = try TemporaryFolder()
    let script = try program(
      "setsid sh -c 'echo $$ > child; exec sleep 600' & while [ ! -s child ]; do :; done; echo done",
      in: folder
    )
    let reply = try await run(
      ProcessRun(path: script, folder: folder.path, limits: ProcessLimits(total: .seconds(600)))
    )
    #expect(reply.output == Array("done\n".utf8))
    if let number = pid_t(try folder.text("child").trimmingCharacters(in: .whitespacesAndNewlines)) {
      kill(number, SIGKILL)
    }
  }

  @Test("that cannot be started report why", arguments: ["/nowhere/page", "/", "/etc/passwd", "page"])
  func notStarted(path: String) async {
    let failure = await failure(ProcessRun(path: path))
    #expect(failure?.kind == .notStarted)
  }

  @Test("without a folder are not started")
  func noFolder() async {
    #expect(await failure(ProcessRun(path: "/bin/cat", folder: "/nowhere"))?.kind == .notStarted)
  }

  @Test("are not started with arguments that would be cut short", arguments: ["argument", "variable", "name"])
  func malformed(place: String) async {
    var run = ProcessRun(path: "/bin/cat")
    switch place {
    case "argument": run.arguments = ["a\0b"]
    case "variable": run.environment = [EnvironmentVariable("A", secret: Secret("s3cret\0"))]
    default: run.environment = [EnvironmentVariable("A=B", "1")]
    }
    let failure = await failure(run)
    #expect(failure?.kind == (place == "variable" ? .unusableSecret : .malformed))
    #expect(failure?.message.contains("s3cret") == false)
  }

  @Test("end with the transport")
  func shutdown() async throws {
    let folder = try TemporaryFolder()
    let transport = SystemTransport()
    let script = try program("echo $$ > child; sleep 600", in: folder)
    let run = ProcessRun(path: script, folder: folder.path, limits: ProcessLimits(total: .seconds(600)))
    async let reply = transport.send(.process(run))
    while (try? folder.text("child").isEmpty) != false { await Task.yield() }
    await transport.shutdown()
    #expect(await reply == .failed(.cancelled))
    #expect(await isGone(in: folder))
    #expect(await transport.send(.process(run)) == .failed(.stopped))
  }

  @Test("end with the task that started them")
  func cancelled() async throws {
    let folder = try TemporaryFolder()
    let transport = SystemTransport()
    let script = try program("echo $$ > child; sleep 600", in: folder)
    let run = ProcessRun(path: script, folder: folder.path, limits: ProcessLimits(total: .seconds(600)))
    await withTaskGroup(of: Reply?.self) { group in
      group.addTask { await transport.send(.process(run)) }
      while (try? folder.text("child").isEmpty) != false { await Task.yield() }
      group.cancelAll()
      #expect(await group.next() == .failed(.cancelled))
    }
    #expect(await isGone(in: folder))
    await transport.shutdown()
  }

  @Test("leave no descriptor and no process behind")
  func leaks() async throws {
    let transport = SystemTransport()
    // Only pipes: beside this one, other tests open many sockets and files.
    func descriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
        // Closed in the meantime: it is none.
        let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) ?? ""
        return target.hasPrefix("pipe:")
      }
    }
    let runs = (0..<8).map { _ in Outgoing.process(ProcessRun(path: "/bin/cat", input: [1])).patient }
    _ = await transport.send(runs)
    let before = try descriptors()
    for _ in 0..<10 { _ = await transport.send(runs) }
    // Other tests run programs, too, but by far not eighty at once.
    #expect(try descriptors() < before + 80)
    await transport.shutdown()
  }

  // MARK: -

  /// Time limits for a program that has to reach one, from short to enough for any machine.
  private static let limits = [500, 2_000, 8_000, 32_000, 128_000].map { Duration.milliseconds($0) }

  /// An executable script.
  private func program(_ script: String, in folder: TemporaryFolder) throws -> String {
    try folder.write("#!/bin/sh\n\(script)\n", to: "program")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path("program"))
    return folder.path("program")
  }

  private func run(_ run: ProcessRun) async throws -> ProcessReply {
    let transport = SystemTransport()
    let reply = await transport.send(.process(run).patient)
    await transport.shutdown()
    guard case .process(let reply) = reply else { throw Unexpected(reply) }
    return reply
  }

  private func failure(_ run: ProcessRun) async -> TransportFailure? {
    let transport = SystemTransport()
    let reply = await transport.send(.process(run))
    await transport.shutdown()
    guard case .failed(let failure) = reply else { return nil }
    return failure
  }

  /// Whether the process that wrote its ID into `child` is gone, at once or when its new parent has reaped it.
  private func isGone(in folder: TemporaryFolder) async -> Bool {
    guard let text = try? folder.text("child"), let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
    else { return false }
    let end = ContinuousClock.now + .seconds(600)
    while ContinuousClock.now < end {
      let stat = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
      if stat.isEmpty || stat.contains(") Z ") { return true }
      await Task.yield()
    }
    return false
  }
}
