// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The access tokens in use, in memory only. Each is requested once, however many callers wait for it, and again before
/// it expires.
actor TokenStore {
  typealias Outcome = Result<AccessToken, TransportFailure>

  private struct Held {
    let token: AccessToken
    /// On the monotonic clock.
    let usedUntil: Duration
  }

  private let time: any TimeSource
  private let fetch: @Sendable (OAuthGrant) async -> Outcome
  private var held: [OAuthGrant: Held] = [:]
  /// Refresh tokens that replaced the configured ones.
  private var refreshTokens: [OAuthGrant: Secret] = [:]
  /// The callers waiting for a token that is being requested.
  private var waiting: [OAuthGrant: [CheckedContinuation<Outcome, Never>]] = [:]

  init(time: any TimeSource, fetch: @escaping @Sendable (OAuthGrant) async -> Outcome) {
    self.time = time
    self.fetch = fetch
  }

  /// A token that stays valid for a while.
  func token(for grant: OAuthGrant) async -> Result<Secret, TransportFailure> {
    while true {
      if let held = held[grant], time.elapsed() < held.usedUntil { return .success(held.token.secret) }
      let outcome: Outcome
      if waiting[grant] == nil {
        waiting[grant] = []
        outcome = await fetch(current(grant))
        keep(outcome, for: grant)
        for waiter in waiting.removeValue(forKey: grant) ?? [] { waiter.resume(returning: outcome) }
        return outcome.map(\.secret)
      }
      outcome = await withCheckedContinuation { waiting[grant]?.append($0) }
      // The requesting caller was cancelled, which is no answer for the callers that waited with it.
      if case .failure(let failure) = outcome, failure.kind == .cancelled, !Task.isCancelled { continue }
      return outcome.map(\.secret)
    }
  }

  /// Forgets a refused token; keeps one that arrived since.
  func drop(_ token: Secret, for grant: OAuthGrant) {
    if held[grant]?.token.secret == token { held[grant] = nil }
  }

  private func keep(_ outcome: Outcome, for grant: OAuthGrant) {
    guard case .success(let token) = outcome else { return }
    held[grant] = Held(token: token, usedUntil: time.elapsed() + token.use)
    if let next = token.nextRefreshToken, !next.isEmpty { refreshTokens[grant] = next }
  }

  private func current(_ grant: OAuthGrant) -> OAuthGrant {
    guard case .refreshToken(let client, _) = grant, let next = refreshTokens[grant] else { return grant }
    return .refreshToken(client, next)
  }
}
