// SPDX-License-Identifier: Apache-2.0

/// How lines are written while the notifier runs.
package enum LogFormat: String, Sendable, CaseIterable {
  /// For people.
  case text
  /// For programs: a JSON object a line.
  case json
}
