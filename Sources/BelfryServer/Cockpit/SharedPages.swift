// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Makes a page once for all callers that request it at the same time.
///
/// A request that arrives while the page is being made waits for the next one, together with all others that arrive by
/// then. So nobody sees a page older than the request, and however many callers there are, one page is made at a time.
final class SharedPages: Sendable {
  private enum Turn: Sendable {
    /// Another caller made it.
    case made(Result<HTML, Refusal>)
    /// This caller makes it, also for those that wait.
    case yours
  }

  /// The callers waiting for the next version of each page that is being made.
  private let waiting = Mutex<[String: [CheckedContinuation<Turn, Never>]]>([:])

  /// The page that `make` makes; callers with the same `key` see the same page.
  func page(_ key: String, _ make: () async throws(Refusal) -> HTML) async throws(Refusal) -> HTML {
    if case .made(let result) = await turn(key) { return try result.get() }
    let others = waiting.withLock { waiting in
      defer { waiting[key] = [] }
      return waiting[key] ?? []
    }
    let result: Result<HTML, Refusal>
    do throws(Refusal) { result = .success(try await make()) } catch { result = .failure(error) }
    for other in others { other.resume(returning: .made(result)) }
    next(key)?.resume(returning: .yours)
    return try result.get()
  }

  /// The number of callers waiting for the next version.
  func count(_ key: String) -> Int { waiting.withLock { $0[key]?.count ?? 0 } }

  private func turn(_ key: String) async -> Turn {
    await withCheckedContinuation { continuation in
      let isFirst = waiting.withLock { waiting in
        if waiting[key]?.append(continuation) != nil { return false }
        waiting[key] = []
        return true
      }
      if isFirst { continuation.resume(returning: .yours) }
    }
  }

  /// The first caller that arrived while the page was being made; nil if nobody did.
  private func next(_ key: String) -> CheckedContinuation<Turn, Never>? {
    waiting.withLock { waiting in
      guard let first = waiting[key]?.first else {
        waiting[key] = nil
        return nil
      }
      waiting[key]?.removeFirst()
      return first
    }
  }
}
