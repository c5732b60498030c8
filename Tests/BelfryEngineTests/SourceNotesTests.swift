// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("The state of the sources in the ledger")
struct SourceNotesTests {
  @Test("is recorded when it changes, and otherwise once a minute")
  func writes() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    var watches = try await environment.watches([source])
    var notes = SourceNotes()
    func cycle(after duration: Duration) async throws -> SourceNote? {
      environment.time.advance(by: duration)
      _ = try await environment.notifier.cycle(&watches)
      try await environment.notifier.note(watches, &notes)
      return try await environment.ledger.sources().first
    }
    let begin = environment.time.now()
    #expect(try await cycle(after: .zero) == SourceNote(name: "app", lastRead: begin, active: 1, at: begin))
    #expect(try await cycle(after: .seconds(59))?.at == begin)
    #expect(try await cycle(after: .seconds(1))?.at == begin + .seconds(60))
    source.fail("no such file")
    var ill = SourceNote(name: "app", lastRead: begin, active: 1, at: begin + .seconds(180))
    ill.trouble = SourceNote.Trouble("no such file", since: begin + .seconds(180))
    #expect(try await cycle(after: .seconds(120)) == ill)
    ill.at = begin + .seconds(360)
    #expect(try await cycle(after: .seconds(180)) == ill)
    source.say([alert("a"), alert("b")])
    let well = SourceNote(name: "app", lastRead: begin + .seconds(540), active: 2, at: begin + .seconds(540))
    #expect(try await cycle(after: .seconds(180)) == well)
  }

  @Test("states when a source was last read, to five seconds", arguments: [1, 4, 10])
  func read(every: Int) async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    var watches = [
      SourceWatch(
        source.configured,
        every: .seconds(every),
        active: ActiveSet(source: "app", hashes: [:]),
        from: environment.time.now()
      )
    ]
    var notes = SourceNotes()
    for _ in 0..<20 {
      _ = try await environment.notifier.cycle(&watches)
      try await environment.notifier.note(watches, &notes)
      let read = try #require(watches.first?.lastRead)
      let noted = try #require(try await environment.ledger.sources().first?.lastRead)
      #expect(read - noted <= .seconds(5))
      environment.time.advance(by: .seconds(every))
    }
  }

  @Test("does not include a source that is no longer read")
  func forgets() throws {
    var notes = SourceNotes()
    let watch = SourceWatch(
      ScriptedSource("app").configured,
      every: .seconds(60),
      active: ActiveSet(source: "app"),
      from: Instant(seconds: 0)
    )
    #expect(notes.next([watch], at: Instant(seconds: 0))?.map(\.name) == ["app"])
    #expect(notes.next([watch], at: Instant(seconds: 1)) == nil)
    #expect(notes.next([], at: Instant(seconds: 1)) == [])
    #expect(notes.next([], at: Instant(seconds: 100)) == nil)
  }
}
