// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryTransport
internal import ServiceLifecycle

/// Reads the audit log on, has what wakes someone looked into, and has the answer told.
///
/// How far the log was read, what was counted and what is asked stands in the ledger in one transaction, before anyone is
/// asked. So a kill neither repeats nor loses a wake: what was not answered is told without an answer after the next start.
package struct WakeWatch: Sendable {
  private let settings: WakeSettings
  private let log: String
  private let ledger: any Ledger
  private let dispatcher: Dispatcher
  private let carrier: any Carrying
  private let audit: AuditLog
  private let time: any TimeSource
  private let console: Console

  /// How many investigators are asked at once, and how many events wait for one: what comes then is told without an answer.
  package static let atOnce = 4
  package static let waiting = 32
  private static let position = "wake.position"
  private static let record = "wake.record."
  private static let open = "wake.open."
  private static let pause = Duration.seconds(5)

  package init(
    settings: WakeSettings,
    log: String,
    ledger: any Ledger,
    dispatcher: Dispatcher,
    carrier: any Carrying,
    audit: AuditLog,
    time: any TimeSource,
    console: Console
  ) {
    self.settings = settings
    self.log = log
    self.ledger = ledger
    self.dispatcher = dispatcher
    self.carrier = carrier
    self.audit = audit
    self.time = time
    self.console = console
  }

  /// Watches until it is told to stop.
  package func run() async throws {
    try await cancelWhenGracefulShutdown { try await watch() }
  }

  /// Forgets how far the log was read: who watches again later does not begin with what came meanwhile.
  package static func forget(in ledger: any Ledger) async throws {
    try await ledger.note(marks: [position: nil])
  }

  /// What a look leads on from.
  private struct State {
    var reader: AuditReader
    var book: WakeBook
    var ids = DeliveryIDSource()
  }

  /// What a task of the loop came to.
  private enum Turn {
    case look
    case told
  }

  private func watch() async throws {
    var (state, left) = try await begin()
    var waiting: [WakeCall] = []
    var underway = 0
    await withTaskGroup(of: Turn.self) { group in
      for call in left { group.addTask { await finish(call, .stopped) } }
      underway += left.count
      group.addTask { .look }
      for await turn in group {
        switch turn {
        case .told: underway -= 1
        case .look where Task.isCancelled: break
        case .look:
          let (calls, isDone) = await look(&state)
          for call in calls.dropFirst(max(0, WakeWatch.waiting - waiting.count)) {
            underway += 1
            group.addTask { await finish(call, .crowded) }
          }
          waiting += calls.prefix(max(0, WakeWatch.waiting - waiting.count))
          group.addTask { isDone ? await rest() : .look }
        }
        while underway < WakeWatch.atOnce, !waiting.isEmpty, !Task.isCancelled {
          let call = waiting.removeFirst()
          underway += 1
          group.addTask { await finish(call, await ask(call)) }
        }
      }
    }
  }

  private func rest() async -> Turn {
    // Only being cancelled ends the sleep early, and that is seen.
    do { try await time.sleep(for: settings.every.duration) } catch {}
    return .look
  }

  /// Goes on from what the ledger holds; the first time, from the end of the log.
  private func begin() async throws -> (State, [WakeCall]) {
    let marks = try await ledger.marks(beginning: "wake.")
    let records = marks.filter { $0.key.hasPrefix(WakeWatch.record) }
      .map { (String($0.key.dropFirst(WakeWatch.record.count)), $0.value) }
    let book = WakeBook(
      rules: settings.rules,
      takesAlerts: settings.alerts,
      kept: Dictionary(records) { first, _ in first }
    )
    let left = marks.filter { $0.key.hasPrefix(WakeWatch.open) }.sorted { $0.key < $1.key }.compactMap { mark in
      WakeEvent(json: mark.value).map {
        WakeCall(delivery: DeliveryID(String(mark.key.dropFirst(WakeWatch.open.count))), event: $0)
      }
    }
    if let kept = marks[WakeWatch.position] {
      return (State(reader: AuditReader(path: log, after: AuditMark(kept)), book: book), left)
    }
    let reader = try await AuditReader.atEnd(of: log)
    try await ledger.note(marks: [WakeWatch.position: WakeWatch.text(reader)])
    return (State(reader: reader, book: book), left)
  }

  /// Where there is no log yet, it is read from its beginning once there is.
  private static func text(_ reader: AuditReader) -> String { reader.mark?.description ?? "beginning" }

  /// Reads a piece of the log.
  ///
  /// - Returns: what is to be looked into, and whether all was read that is there.
  private func look(_ state: inout State) async -> (calls: [WakeCall], isDone: Bool) {
    var next = state
    let piece: AuditReader.Piece
    do {
      guard let read = try await next.reader.readPiece() else { return ([], true) }
      piece = read
    } catch {
      console.say("wake: the audit log cannot be read: \(error.message)")
      return ([], true)
    }
    let (waking, kept) = next.book.take(piece.lines)
    var marks: [String: String?] = [WakeWatch.position: WakeWatch.text(next.reader)]
    for (key, text) in kept { marks[WakeWatch.record + key] = .some(text) }
    var calls: [WakeCall] = []
    for event in waking {
      let call = WakeCall(delivery: next.ids.next(at: time.now()), event: event)
      marks[WakeWatch.open + call.delivery.text] = String(decoding: event.json, as: UTF8.self)
      calls.append(call)
    }
    do {
      try await ledger.note(marks: marks)
    } catch {
      console.warn(
        "wake: \(error); the audit log is read again in \(settings.every.duration.text)",
        .topic(.wake),
        .error(error)
      )
      return ([], true)
    }
    state = next
    return (calls, false)
  }

  private func ask(_ call: WakeCall) async -> WakeAnswer {
    guard let settings = settings.investigator else { return .absent }
    let investigator = Investigator(settings)
    return investigator.answer(await carrier.carryOut(investigator.question(about: call.event)))
  }

  /// Has an answer told, however long the ledger cannot take it.
  private func finish(_ call: WakeCall, _ answer: WakeAnswer) async -> Turn {
    // Whoever stopped us ended the asking too: what is open is told after the next start.
    while !Task.isCancelled {
      do {
        try await tell(call, answer)
        return .told
      } catch {
        console.warn(
          "wake: \(call.event.key): \(error); trying again in \(WakeWatch.pause.text)",
          .topic(.wake),
          .text(.delivery, call.delivery.text),
          .text(.subject, call.event.key),
          .error(error)
        )
        do { try await time.sleep(for: WakeWatch.pause) } catch { break }
      }
    }
    return .told
  }

  private func tell(_ call: WakeCall, _ answer: WakeAnswer) async throws {
    let channel = settings.to.value
    // A kill may have come between the telling and the note of it.
    if try await ledger.delivery(call.delivery) == nil {
      let telling = WakeTelling(call: call, answer: answer, channel: channel)
      let ingested = try await ledger.ingest([], policy: telling, lease: await dispatcher.terms)
      if !ingested.leased.isEmpty { await dispatcher.hand(ingested.leased) }
      dispatcher.wake()
      for recorded in ingested.decisions { console.say(recorded) }
      var row = InvestigationRow(emittedAt: time.now(), call: call, channel: channel)
      if case .silent(let reason) = answer { row.error = reason.code }
      audit.append([row])
    }
    try await ledger.note(marks: [WakeWatch.open + call.delivery.text: nil])
  }
}
