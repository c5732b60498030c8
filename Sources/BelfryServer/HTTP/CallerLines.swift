// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import Synchronization

/// The log lines that callers cause: of each kind one a minute at most, with a count of what it stands for.
///
/// Nobody who can reach the server may fill the log. The first of a kind is written at once; those that follow within a
/// minute are counted, and one line says how many there were.
final class CallerLines: Sendable {
  /// What callers cause.
  enum Kind: Sendable, Hashable, CaseIterable {
    case malformedRequest
    case abandonedRequest
    case unknownToken
    case unansweredRequest
    case failedRequest
    case failedTool
    case unwritableLedger
    case unreadableLedger
  }

  private let console: Console
  private let budgets = Mutex<[Kind: LineBudget]>([:])

  init(_ console: Console) { self.console = console }

  /// Writes the line, or counts it where one of its kind was written less than a minute ago.
  func say(_ kind: Kind, at now: Instant, _ detail: @autoclosure () -> String, _ fields: LogField...) {
    guard let earlier = budgets.withLock({ $0[kind, default: LineBudget()].take(at: now) }) else { return }
    if earlier > 0 { writeCount(kind, earlier) }
    let text = "server: \(kind.name): \(CallerLines.bounded(detail()))"
    let all = [.topic(.server)] + fields
    if kind.isFailure { console.fail(text, all) } else { console.warn(text, all) }
  }

  /// Writes how many of each kind were counted, once their minute is over.
  func flush(at now: Instant) {
    for kind in Kind.allCases {
      guard let count = budgets.withLock({ $0[kind]?.flush(at: now) }), count > 0 else { continue }
      writeCount(kind, count)
    }
  }

  private func writeCount(_ kind: Kind, _ count: Int) {
    let text = "server: \(kind.name): \(count) more within a minute"
    let fields: [LogField] = [.topic(.server), .number(.count, count)]
    if kind.isFailure { console.fail(text, fields) } else { console.warn(text, fields) }
  }

  /// What a caller wrote, such as a path, as it may stand in a line.
  static func bounded(_ text: String) -> String { text.oneLine.truncated(to: 200) }
}

extension CallerLines.Kind {
  fileprivate var name: String {
    switch self {
    case .malformedRequest: "malformed request"
    case .abandonedRequest: "a client left before its request was complete"
    case .unknownToken: "failed sign-in"
    case .unansweredRequest: "request not answered in time"
    case .failedRequest: "request failed"
    case .failedTool: "mcp"
    case .unwritableLedger: "the ledger cannot be written"
    case .unreadableLedger: "the ledger cannot be read"
    }
  }

  /// Whether it is Belfry that failed, and not its caller.
  fileprivate var isFailure: Bool {
    switch self {
    case .malformedRequest, .abandonedRequest, .unknownToken: false
    case .unansweredRequest, .failedRequest, .failedTool, .unwritableLedger, .unreadableLedger: true
    }
  }
}

/// One line a minute, and a count of the others.
struct LineBudget: Sendable, Hashable {
  private var writtenAt: Instant?
  private var count = 0

  static let period = Duration.seconds(60)

  /// - Returns: how many were counted before this one, which is to be written; nil when it was counted only.
  mutating func take(at now: Instant) -> Int? {
    guard isFree(at: now) else {
      count += 1
      return nil
    }
    defer { count = 0 }
    writtenAt = now
    return count
  }

  /// - Returns: how many were counted and are to be written now; 0 when there are none or their minute is not over.
  mutating func flush(at now: Instant) -> Int {
    guard count > 0, isFree(at: now) else { return 0 }
    defer { count = 0 }
    writtenAt = now
    return count
  }

  /// A clock that was set back must not keep a line away for longer.
  private func isFree(at now: Instant) -> Bool {
    guard let writtenAt else { return true }
    return now < writtenAt || now - writtenAt >= LineBudget.period
  }
}
