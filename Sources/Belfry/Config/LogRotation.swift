// SPDX-License-Identifier: Apache-2.0

/// The period after which a log begins a new file.
package enum RotationPeriod: String, FieldChoice {
  case day
  case month
}

/// When a log begins a new file, and how many old ones it keeps.
package struct LogRotation: Sendable, Hashable {
  /// The most bytes in a file, unless a single write is larger.
  package var size: Int?
  package var every: RotationPeriod?
  /// The number of old files kept; nil for all.
  package var keep: Int?

  package init(size: Int? = nil, every: RotationPeriod? = nil, keep: Int? = nil) {
    self.size = size
    self.every = every
    self.keep = keep
  }
}
