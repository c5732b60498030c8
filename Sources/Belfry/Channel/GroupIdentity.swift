// SPDX-License-Identifier: Apache-2.0

/// The group of alerts that a message is about: the same in each message of the group.
public struct GroupIdentity: Sendable, Hashable {
  /// A text that no other group of this Belfry has; receivers compare it, and do not read it.
  @ExactText public var key: String
  /// What its alerts share: the values that the key `by` of the route's `group` names; those that are missing are left
  /// out.
  public var labels: Labels

  /// Creates an identity.
  public init(key: String, labels: Labels) {
    self.key = key
    self.labels = labels
  }
}
