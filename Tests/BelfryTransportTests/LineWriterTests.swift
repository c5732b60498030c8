// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Synchronization
import Testing

@Suite("Lines of a LineWriter")
struct LineWriterTests {
  @Test("are all written, in order")
  func order() async throws {
    let pipe = try StuckPipe()
    let writer = LineWriter(to: pipe.writing) { "\($0) lost" }
    let reading = Task { await pipe.drained() }
    for number in 0..<10_000 { writer.write("line \(number)") }
    #expect(await writer.close(within: .seconds(600)))
    pipe.end()
    #expect(await reading.value == (0..<10_000).map { "line \($0)" })
  }

  @Test("wait for no reader, and the excess is dropped and counted")
  func unread() async throws {
    let pipe = try StuckPipe()
    let writer = LineWriter(to: pipe.writing, capacity: 4_096) { "\($0) lost" }
    let isThrough = Flag()
    let writing = Task {
      await onOwnThread(named: "test") { for number in 0..<50_000 { writer.write("line \(number)") } }
      isThrough.raise()
    }
    // Nobody reads yet. If the writer waits for that, the test continues after a while, and fails.
    for _ in 0..<6_000 where !isThrough.isRaised { try await Task.sleep(for: .milliseconds(100)) }
    #expect(isThrough.isRaised, "who says a line must not wait for who reads it")
    #expect(writer.flush(within: .milliseconds(1)) == false)
    let reading = Task { await pipe.drained() }
    await writing.value
    writer.write("the last")
    #expect(await writer.close(within: .seconds(600)))
    pipe.end()
    let lines = await reading.value
    let lost = try #require(lines.firstIndex { $0.hasSuffix(" lost") })
    #expect(lines[..<lost].elementsEqual((0..<lost).map { "line \($0)" }))
    let sent = lines.count { $0.hasPrefix("line ") }
    let all = lines.compactMap { $0.hasSuffix(" lost") ? Int($0.prefix { $0 != " " }) : nil }.reduce(0, +)
    #expect(all > 40_000)
    // The last line may have come before there was space again.
    #expect(sent + all + lines.count { $0 == "the last" } == 50_001)
  }

  @Test("block nobody after their reader has gone, and nothing is written after the end")
  func gone() async throws {
    let pipe = try StuckPipe()
    pipe.endReading()
    let writer = LineWriter(to: pipe.writing) { "\($0) lost" }
    writer.write("to nobody")
    #expect(writer.flush(within: .seconds(600)))
    #expect(await writer.close(within: .seconds(600)))
    writer.write("too late")
    #expect(writer.flush(within: .seconds(600)))
  }

  @Test("rejected by a full disk are counted once there is space")
  func fullDisk() async throws {
    let folder = try TemporaryFolder()
    let descriptor = open(folder.path("lines"), O_CREAT | O_WRONLY | O_APPEND, 0o600)
    defer { close(descriptor) }
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let moving = dup(full)
    defer { close(moving) }
    let writer = LineWriter(to: moving) { "\($0) lost" }
    writer.write("a")
    writer.write("b")
    #expect(writer.flush(within: .seconds(600)))
    // Now there is space.
    dup2(descriptor, moving)
    writer.write("c")
    #expect(await writer.close(within: .seconds(600)))
    #expect(try folder.text("lines") == "2 lost\nc\n")
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)
  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}
