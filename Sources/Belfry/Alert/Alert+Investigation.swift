// SPDX-License-Identifier: Apache-2.0

extension Alert {
  /// The beginning of the IDs of investigators' answers.
  package static let investigationPrefix = "wake:"
  /// Whether it is an investigator's answer, sent as an alert.
  package var isInvestigation: Bool { source == .belfry && id.hasPrefix(Alert.investigationPrefix) }
}
