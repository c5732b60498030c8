// SPDX-License-Identifier: Apache-2.0

extension Notice.Content {
  /// The kind as one word: `alert`, `burst`, `digest`, `followup`, `group`, `reminder`, `flapping`, `resolved` or
  /// `test`.
  public var kind: String {
    switch self {
    case .alert: "alert"
    case .burst: "burst"
    case .digest: "digest"
    case .followup: "followup"
    case .group: "group"
    case .reminder: "reminder"
    case .flapping: "flapping"
    case .resolved: "resolved"
    case .test: "test"
    }
  }
}
