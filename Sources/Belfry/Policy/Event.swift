// SPDX-License-Identifier: Apache-2.0

/// A change to what the sources hold active, or what an operator says of it.
package enum Event: Sendable, Hashable {
  /// It was not active and now is.
  case fired(Alert)
  /// It is active as before, and says something else.
  case changed(Alert)
  /// It is active, as it was or again, and ends by itself then unless that is said again.
  case pushed(Alert, until: Expiry)
  /// It was active and no longer is.
  case resolved(AlertKey)
  /// Someone takes it on; with `during`, only if it has been active since that moment without an end.
  case acknowledged(AlertKey, by: String, comment: String, during: Instant? = nil)
  /// A silence begins to hold, or is replaced by one of the same id.
  case silenced(Silence)
  /// A silence is ended before its time.
  case unsilenced(SilenceID, by: String)

  /// The alert it is about; nil when it is about many.
  package var key: AlertKey? {
    switch self {
    case .fired(let alert), .changed(let alert), .pushed(let alert, _): alert.key
    case .resolved(let key), .acknowledged(let key, _, _, _): key
    case .silenced, .unsilenced: nil
    }
  }
  /// The alert as it now is; nil when it ended.
  package var alert: Alert? {
    switch self {
    case .fired(let alert), .changed(let alert), .pushed(let alert, _): alert
    case .resolved, .acknowledged, .silenced, .unsilenced: nil
    }
  }
}
