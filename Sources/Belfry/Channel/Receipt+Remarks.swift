// SPDX-License-Identifier: Apache-2.0

extension Receipt {
  /// Remarks on a delivered message for people: it may be a duplicate, or the service changed it.
  package var remarks: [String] {
    let warning = self["warning"].map { "accepted with a warning: \($0)" }
    return [self["found"] ?? self["unasked"], warning].compactMap { $0?.oneLine }
  }

  /// Whether the service accepted the message with a warning, for example that it cut the text.
  package var hasWarning: Bool { self["warning"] != nil }
}
