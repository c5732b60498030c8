// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport
internal import ServiceLifecycle

/// Reads settled deliveries and requests in the audit log continuously, starts investigations, and sends the answers.
///
/// The positions in ledger and log, the counts and the pending investigations are stored in the ledger in one transaction
/// before an investigator is asked. So a crash neither repeats nor loses an investigation: one without an answer is
/// reported as such after the next start.
package struct InvestigationWatch: Sendable {
  private let settings: WakeSettings
  private let log: String
  private let ledger: any DecisionStore & History & Notes
  private let dispatcher: Dispatcher
  private let transport: any Transport
  private let audit: AuditLog
  private let time: any TimeSource
  private let console: Console
  private let sources: @Sendable () -> [SourceName]

  /// The most concurrent investigations, and the most events that wait for one; further events are reported without an
  /// answer.
  package static let atOnce = 4
  package static let waiting = 32
  private static let pause = Duration.seconds(5)

  /// Makes a watch; `sources` are those that may have raised a sent alert.
  package init(
    settings: WakeSettings,
    log: String,
    ledger: any DecisionStore & History & Notes,
    dispatcher: Dispatcher,
    transport: any Transport,
    audit: AuditLog,
    time: any TimeSource,
    console: Console,
    sources: @escaping @Sendable () -> [SourceName]
  ) {
    self.settings = settings
    self.log = log
    self.ledger = ledger
    self.dispatcher = dispatcher
    self.transport = transport
    self.audit = audit
    self.time = time
    self.console = console
    self.sources = sources
  }

  /// Watches until it is asked to stop.
  package func run() async {
    await cancelWhenGracefulShutdown { await watch() }
  }

  /// Deletes the position, so that a later watch does not start with the rows written in between.
  package static func forget(in ledger: any Notes) async throws {
    let marks = try await ledger.marks(beginning: InvestigationBookmark.prefix)
    let places = [InvestigationBookmark.position, InvestigationBookmark.row, InvestigationBookmark.settled]
    guard places.contains(where: { marks[$0] != nil }) else { return }
    try await ledger.note(marks: Dictionary(places.map { ($0, nil as String?) }) { $1 })
  }

  /// The state between two reads.
  private struct State {
    var reading: InvestigationReader
    var ids = DeliveryIDSource()
    /// The reason why the log could not be read last time.
    var trouble: String?
  }

  /// The result of a task in the loop.
  private enum Turn {
    case look
    case answered
  }

  private func watch() async {
    guard let (begun, left) = await begin() else { return }
    var state = begun
    var waiting: [InvestigationCall] = []
    var underway = 0
    await withTaskGroup(of: Turn.self) { group in
      for call in left { group.addTask { await finish(call, .stopped) } }
      underway += left.count
      group.addTask { .look }
      for await turn in group {
        switch turn {
        case .answered: underway -= 1
        case .look where Task.isCancelled: break
        case .look:
          let room = max(0, InvestigationWatch.waiting - waiting.count)
          let (calls, many, isDone) = await look(&state, room: room)
          if let many {
            underway += 1
            group.addTask { await finish(many, .crowded) }
          }
          waiting += calls
          group.addTask { isDone ? await rest(settings.every.duration) : .look }
        }
        while underway < InvestigationWatch.atOnce, !waiting.isEmpty, !Task.isCancelled {
          let call = waiting.removeFirst()
          underway += 1
          group.addTask { await finish(call, await ask(call)) }
        }
      }
    }
  }

  private func rest(_ duration: Duration) async -> Turn {
    // Only cancellation ends the sleep early, and that is checked.
    do { try await time.sleep(for: duration) } catch {}
    return .look
  }

  /// Continues from the cursors in the ledger; the first time, from the end of the log.
  ///
  /// - Returns: nil if it is asked to stop first: errors of the ledger are retried, because no alert may suffer from
  ///   them.
  private func begin() async -> (State, [InvestigationCall])? {
    while !Task.isCancelled {
      do {
        let marks = try await ledger.marks(beginning: InvestigationBookmark.prefix)
        let left = marks.sorted { $0.key < $1.key }.compactMap { InvestigationCall(mark: $0.key, $0.value) }
        let (reading, new) = try await InvestigationReader.begin(
          log,
          settings,
          marks: marks,
          settled: try await ledger.lastAttempt(),
          at: time.now()
        )
        if !new.isEmpty { try await ledger.note(marks: new) }
        return (State(reading: reading), left)
      } catch {
        console.warn("wake: \(error); retrying in \(InvestigationWatch.pause.text)", .topic(.wake), .error(error))
        _ = await rest(InvestigationWatch.pause)
      }
    }
    return nil
  }

  /// Reads a page of the ledger, or if there is nothing new a piece of the log.
  ///
  /// - Returns: the events to investigate, as many as there is space for; the excess; and whether the end of the log
  ///   was reached.
  private func look(_ state: inout State, room: Int) async -> (
    calls: [InvestigationCall], many: InvestigationCall?, isDone: Bool
  ) {
    var next = state
    do {
      if let step = try await next.reading.step(in: ledger) { return await keep(step, &next, in: &state, room: room) }
    } catch {
      console.warn(
        "wake: \(error); the ledger is read again in \(settings.every.duration.text)",
        .topic(.wake),
        .error(error)
      )
      return ([], nil, true)
    }
    do throws(TransportFailure) {
      guard let step = try await next.reading.step() else { return ([], nil, true) }
      next.trouble = nil
      return await keep(step, &next, in: &state, room: room)
    } catch {
      if state.trouble != error.message {
        console.warn("wake: the audit log cannot be read: \(error.message)", .topic(.wake), .error(error))
      }
      state.trouble = error.message
      return ([], nil, true)
    }
  }

  /// Stores the results of a piece of the log; if that fails, the piece is read again.
  private func keep(
    _ step: InvestigationReader.Step,
    _ next: inout State,
    in state: inout State,
    room: Int
  ) async -> (calls: [InvestigationCall], many: InvestigationCall?, isDone: Bool) {
    do {
      var calls: [InvestigationCall] = []
      for event in step.waking.prefix(room) {
        calls.append(InvestigationCall(delivery: next.ids.next(at: time.now()), events: [try await filled(event)]))
      }
      let many = try await many(Array(step.waking.dropFirst(room)), &next.ids)
      var marks = step.marks
      for call in calls + [many].compactMap(\.self) { marks[call.mark] = call.text }
      if !marks.isEmpty { try await ledger.note(marks: marks) }
      state = next
      if step.missing > 0 {
        console.fail(
          "wake: \(counted(step.missing, "row")) of the audit log \(step.missing == 1 ? "was" : "were") removed before being read",
          .topic(.wake)
        )
      }
      return (calls, many, false)
    } catch {
      console.warn(
        "wake: \(error); the audit log is read again in \(settings.every.duration.text)",
        .topic(.wake),
        .error(error)
      )
      return ([], nil, true)
    }
  }

  /// Events reported together without an investigation, most severe first; nil for none.
  private func many(_ events: [InvestigationEvent], _ ids: inout DeliveryIDSource) async throws -> InvestigationCall? {
    guard !events.isEmpty else { return nil }
    var sorted = events.sorted { ($0.severity.rank, $0.at) < ($1.severity.rank, $1.at) }
    for index in sorted.indices.prefix(InvestigationCall.listed) { sorted[index] = try await filled(sorted[index]) }
    return InvestigationCall(delivery: ids.next(at: time.now()), events: sorted)
  }

  /// The event with the ledger's data about the alert.
  ///
  /// The row names no source: of several alerts with the same ID, the one that matches the row is used, otherwise the
  /// latest.
  private func filled(_ event: InvestigationEvent) async throws -> InvestigationEvent {
    // A message that arrived contains its alert.
    guard event.kind == .alert, event.source.isEmpty else { return event }
    var found: [AlertRecord] = []
    for source in sources() {
      if let record = try await ledger.record(of: AlertKey(source: source, id: event.subject)) { found.append(record) }
    }
    let alike = found.filter { $0.alert.category.isExactly(event.category) && $0.alert.severity == event.severity }
    var event = event
    if let record = (alike.isEmpty ? found : alike).max(by: { $0.firedAt < $1.firedAt }) {
      event.fill(from: record.alert)
    }
    return event
  }

  private func ask(_ call: InvestigationCall) async -> InvestigationAnswer {
    guard let settings = settings.investigator else { return .absent }
    let investigator = Investigator(settings)
    return investigator.answer(await transport.send(investigator.question(about: call.event)))
  }

  /// Sends an answer, however long the ledger is unavailable.
  private func finish(_ call: InvestigationCall, _ answer: InvestigationAnswer) async -> Turn {
    // A stop also ended the investigation: pending ones are reported after the next start.
    while !Task.isCancelled {
      do {
        try await send(call, answer)
        return .answered
      } catch {
        console.warn(
          "wake: \(call.event.key): \(error); retrying in \(InvestigationWatch.pause.text)",
          .topic(.wake),
          .text(.delivery, call.delivery.text),
          .text(.subject, call.event.key),
          .error(error)
        )
        do { try await time.sleep(for: InvestigationWatch.pause) } catch { break }
      }
    }
    return .answered
  }

  private func send(_ call: InvestigationCall, _ answer: InvestigationAnswer) async throws {
    let channel = settings.to.value
    let now = time.now()
    // A crash may have happened between sending and recording it: then the rest is done again.
    if try await ledger.delivery(call.delivery) == nil {
      let (delivery, decision) = call.notification(answer, on: channel)
      let ingested = try await dispatcher.enqueue(delivery, because: decision)
      for recorded in ingested.decisions { console.say(recorded) }
      audit.append(
        call.events.map { event in
          InvestigationRow(
            emittedAt: now,
            event: event,
            channel: channel,
            delivery: call.delivery,
            error: answer.error
          )
        }
      )
    }
    try await ledger.note(
      investigations: call.events.map { event in
        RecordedInvestigation(
          at: now,
          subject: event.recorded,
          channel: channel,
          delivery: call.delivery,
          error: answer.error
        )
      }
    )
    let outcome = WakeOutcome(call, answer, channel: channel, at: now)
    try await ledger.note(marks: [call.mark: nil, InvestigationBookmark.last: outcome.text])
  }
}
