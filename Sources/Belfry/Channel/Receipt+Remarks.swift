// SPDX-License-Identifier: Apache-2.0

extension Receipt {
  /// What a person should know about a message that was delivered: that it may be there twice, or that the service changed it.
  package var remarks: [String] {
    let warning = self["warning"].map { "the service took it with a warning: \($0)" }
    return [self["found"] ?? self["unasked"], warning].compactMap { $0?.oneLine }
  }

  /// Whether the service took the message with a warning, such as that it cut the text.
  package var hasWarning: Bool { self["warning"] != nil }
}
