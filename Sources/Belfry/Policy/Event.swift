// SPDX-License-Identifier: Apache-2.0

/// A change to what the sources hold active.
package enum Event: Sendable, Hashable {
  /// It was not active and now is.
  case fired(Alert)
  /// It is active as before, and says something else.
  case changed(Alert)
  /// It was active and no longer is.
  case resolved(AlertKey)

  package var key: AlertKey {
    switch self {
    case .fired(let alert), .changed(let alert): alert.key
    case .resolved(let key): key
    }
  }
  /// The alert as it now is; nil when it ended.
  package var alert: Alert? {
    switch self {
    case .fired(let alert), .changed(let alert): alert
    case .resolved: nil
    }
  }
}
