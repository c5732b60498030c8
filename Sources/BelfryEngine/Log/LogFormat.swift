// SPDX-License-Identifier: Apache-2.0

/// The format of log lines.
package enum LogFormat: String, Sendable, CaseIterable {
  /// For people.
  case text
  /// For programs: one JSON object per line.
  case json
}
