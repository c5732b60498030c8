// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import NIOCore
internal import Synchronization

/// All connections to the server: limits their number, and how long each may keep the server waiting.
///
/// An idle connection costs memory and a file descriptor, and nothing shows whether its client will ever send a
/// request. So there is a limit. At the limit, the connection that has been silent longest is closed for the next one,
/// starting with those that never sent a request: ten thousand idle connections do not prevent a push.
final class Connections: Sendable {
  private struct Book {
    var next = 0
    var open: [Int: Connection] = [:]
  }

  private let limit: Int
  private let patience: Duration
  private let now: @Sendable () -> Instant
  private let lines: CallerLines
  /// The time limit for an answer, from when its request has arrived.
  let answerLimit: Duration
  private let book = Mutex(Book())

  /// How long a connection is still read after its last answer, so that the client can read that answer.
  private static let lingering = Duration.seconds(2)

  /// Allows `limit` connections; each may take `patience` to send a request, or to continue reading an answer.
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

  /// Logs what a connection did wrong, or that it was not answered in time.
  func report(_ kind: CallerLines.Kind, _ detail: String) { lines.say(kind, at: now(), detail) }

  /// The number of connections.
  var count: Int { book.withLock { $0.open.count } }

  /// Adds a connection; at the limit, closes the one that the server has waited for longest.
  ///
  /// - Returns: nil if there is no space, because all existing ones wait for the server.
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

  /// The connection that is needed least; nil if all wait for the server.
  private static func leastNeeded(_ connections: some Sequence<Connection>) -> Connection? {
    var found: (connection: Connection, silence: Connection.Silence)?
    for connection in connections {
      guard let silence = connection.silence else { continue }
      if let found, found.silence.isLessNeeded(than: silence) { continue }
      found = (connection, silence)
    }
    return found?.connection
  }

  /// Removes a connection that has closed.
  func left(_ connection: Connection) { book.withLock { _ = $0.open.removeValue(forKey: connection.number) } }

  /// Closes the connections that have kept the server waiting too long.
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
    // The server's own idle timeout applies to these.
    case .idle, .answering: nil
    }
  }
}

/// A connection: who has to act next, and since when.
final class Connection: Sendable {
  enum Phase: Sendable {
    /// It is new.
    case opened
    /// A request has started to arrive.
    case receiving
    /// A request is being answered.
    case answering
    /// The client is not reading the answer.
    case blocked
    /// The last request was answered.
    case idle
    /// The last answer was sent; further data is dropped.
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

  /// The client's silence; nil while the client waits for the server.
  fileprivate var silence: Silence? { state.withLock { $0.phase == .answering ? nil : $0 } }

  func enter(_ phase: Phase) {
    let now = now()
    state.withLock { $0 = Silence(phase: phase, since: now) }
  }

  fileprivate func close() { channel.close(promise: nil) }
}
