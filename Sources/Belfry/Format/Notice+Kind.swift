// SPDX-License-Identifier: Apache-2.0

extension Notice.Content {
  /// One word for what it is: `alert`, `burst`, `digest`, `followup`, `resolved` or `test`.
  public var kind: String {
    switch self {
    case .alert: "alert"
    case .burst: "burst"
    case .digest: "digest"
    case .followup: "followup"
    case .resolved: "resolved"
    case .test: "test"
    }
  }
}
