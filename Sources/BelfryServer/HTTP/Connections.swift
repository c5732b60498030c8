// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import NIOCore
internal import Synchronization

/// All connections to the server: bounds how many there are, and how long each may make it wait.
///
/// Whoever holds a connection and says nothing costs memory and a file descriptor, and nobody can tell those who will speak
/// from those who never will. So there is a limit, and at it the one that has been silent longest makes room for the next,
/// first of those that never brought a request: ten thousand idle connections keep no push from being taken.
final class Connections: Sendable {
  private struct Book {
    var next = 0
    var open: [Int: Connection] = [:]
  }

  private let limit: Int
  private let patience: Duration
  private let now: @Sendable () -> Instant
  private let lines: CallerLines
  /// How long an answer may take, from when its request has come.
  let answerLimit: Duration
  private let book = Mutex(Book())

  /// How long one is still read from whose answer is given, so that it can be read.
  private static let lingering = Duration.seconds(2)

  /// Holds `limit` connections; each may take `patience` to bring a request or to read on in an answer.
  init(
    limit: Int,
    patience: Duration,
    lines: CallerLines,
    answerLimit: Duration,
    now: @escaping @Sendable () -> Instant
  ) {
    self.limit = limit
    self.patience = patience
    self.lines = lines
    self.answerLimit = answerLimit
    self.now = now
  }

  /// Logs what one of them did wrong, or what it was not answered in time.
  func report(_ kind: CallerLines.Kind, _ detail: String) { lines.say(kind, at: now(), detail) }

  /// How many there are.
  var count: Int { book.withLock { $0.open.count } }

  /// Takes one in; at the limit the one that the server has waited for longest is closed for it.
  ///
  /// - Returns: nil when there is no room, as all that there are wait for the server.
  func open(_ channel: any Channel) -> Connection? {
    let opened = book.withLock { book -> (connection: Connection, closed: Connection?)? in
      var closed: Connection?
      if book.open.count >= limit {
        guard let longest = Connections.leastNeeded(book.open.values) else { return nil }
        closed = book.open.removeValue(forKey: longest.number)
      }
      book.next += 1
      let connection = Connection(number: book.next, channel: channel, now: now)
      book.open[connection.number] = connection
      return (connection, closed)
    }
    opened?.closed?.close()
    return opened?.connection
  }

  /// The one that can be done without best; nil when all wait for the server.
  private static func leastNeeded(_ connections: some Sequence<Connection>) -> Connection? {
    var found: (connection: Connection, silence: Connection.Silence)?
    for connection in connections {
      guard let silence = connection.silence else { continue }
      if let found, found.silence.isLessNeeded(than: silence) { continue }
      found = (connection, silence)
    }
    return found?.connection
  }

  /// One has ended.
  func left(_ connection: Connection) { book.withLock { _ = $0.open.removeValue(forKey: connection.number) } }

  /// Closes those that have made the server wait too long.
  func sweep() {
    let now = now()
    for connection in book.withLock({ Array($0.open.values) }) {
      guard let silence = connection.silence, let limit = limit(of: silence.phase) else { continue }
      if now - silence.since >= limit { connection.close() }
    }
  }

  private func limit(of phase: Connection.Phase) -> Duration? {
    switch phase {
    case .opened, .receiving, .blocked: patience
    case .over: Connections.lingering
    // The server's own idle time is for those.
    case .idle, .answering: nil
    }
  }
}

/// One of them: whom it waits for, and since when.
final class Connection: Sendable {
  enum Phase: Sendable {
    /// It is new.
    case opened
    /// A request has begun to come.
    case receiving
    /// What came is being answered.
    case answering
    /// The answer is not read.
    case blocked
    /// The last request was answered.
    case idle
    /// The last answer was given; what still comes is dropped.
    case over
  }

  struct Silence: Sendable {
    var phase: Phase
    var since: Instant

    func isLessNeeded(than other: Silence) -> Bool {
      let (isNew, isOtherNew) = (phase == .opened, other.phase == .opened)
      return isNew == isOtherNew ? since < other.since : isNew
    }
  }

  fileprivate let number: Int
  private let channel: any Channel
  private let now: @Sendable () -> Instant
  private let state: Mutex<Silence>

  fileprivate init(number: Int, channel: any Channel, now: @escaping @Sendable () -> Instant) {
    self.number = number
    self.channel = channel
    self.now = now
    state = Mutex(Silence(phase: .opened, since: now()))
  }

  /// What the server waits for; nil while it is the server that is waited for.
  fileprivate var silence: Silence? { state.withLock { $0.phase == .answering ? nil : $0 } }

  func enter(_ phase: Phase) {
    let now = now()
    state.withLock { $0 = Silence(phase: phase, since: now) }
  }

  fileprivate func close() { channel.close(promise: nil) }
}
