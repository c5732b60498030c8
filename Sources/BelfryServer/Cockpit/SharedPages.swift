// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Has a page that many ask for at the same time made once for all of them.
///
/// Whoever asks while it is being made waits for the next one, as all do who ask meanwhile: nobody is shown what is older than
/// the question, and however many look, a page is made by one of them at a time.
final class SharedPages: Sendable {
  private enum Turn: Sendable {
    /// Someone made it.
    case made(Result<HTML, Refusal>)
    /// Whoever gets this makes it, for those too who wait.
    case yours
  }

  /// Who waits for the next one, for each page that is being made.
  private let waiting = Mutex<[String: [CheckedContinuation<Turn, Never>]]>([:])

  /// What `make` makes; `key` is the same for those who are shown the same.
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

  /// How many wait for the next one.
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

  /// The first of those who came while it was being made; nil ends the making.
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
