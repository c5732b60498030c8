// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import Synchronization

/// The log lines that callers cause: at most one per kind and minute, with a count of those it stands for.
///
/// Nobody who can reach the server may fill the log. The first line of a kind is written at once. Those that follow
/// within a minute are counted, and one line states their number.
final class CallerLines: Sendable {
  /// The events that callers cause.
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

  /// Writes the line, or counts it if one of its kind was written less than a minute ago.
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

  /// Text from a caller, such as a path, in a form that is safe in a log line.
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

  /// Whether Belfry failed, and not its caller.
  fileprivate var isFailure: Bool {
    switch self {
    case .malformedRequest, .abandonedRequest, .unknownToken: false
    case .unansweredRequest, .failedRequest, .failedTool, .unwritableLedger, .unreadableLedger: true
    }
  }
}

/// A budget of one line per minute, and a count of the others.
struct LineBudget: Sendable, Hashable {
  private var writtenAt: Instant?
  private var count = 0

  static let period = Duration.seconds(60)

  /// - Returns: the number counted before this one, which must now be written; nil if this one was only counted.
  mutating func take(at now: Instant) -> Int? {
    guard isFree(at: now) else {
      count += 1
      return nil
    }
    defer { count = 0 }
    writtenAt = now
    return count
  }

  /// - Returns: the number counted, which must now be written; 0 if there are none or their minute is not over.
  mutating func flush(at now: Instant) -> Int {
    guard count > 0, isFree(at: now) else { return 0 }
    defer { count = 0 }
    writtenAt = now
    return count
  }

  /// Whether a line may be written; a clock that was set back must not delay it further.
  private func isFree(at now: Instant) -> Bool {
    guard let writtenAt else { return true }
    return now < writtenAt || now - writtenAt >= LineBudget.period
  }
}
