// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The result of asking an investigator.
package enum InvestigationAnswer: Sendable, Hashable {
  case said(String)
  /// There is no answer, for this reason.
  case silent(Verdict.Reason)

  static let absent = InvestigationAnswer.silent(.init("absent", "no investigator is configured"))
  static let stopped = InvestigationAnswer.silent(.init("stopped", "Belfry was stopped or reloaded before it answered"))
  static let crowded = InvestigationAnswer.silent(.init("crowded", "too many events are already waiting for one"))

  /// The code of the reason why there is no answer; nil if there is one.
  var error: String? {
    switch self {
    case .said: nil
    case .silent(let reason): reason.code
    }
  }

  /// Why nobody answered, in words; nil where someone did.
  var failure: String? {
    switch self {
    case .said: nil
    case .silent(let reason): reason.text
    }
  }
}
