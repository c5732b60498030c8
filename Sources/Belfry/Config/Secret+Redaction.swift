// SPDX-License-Identifier: Apache-2.0

extension Secret {
  /// A text with this secret masked wherever it stands, in any of the forms that `Redaction` knows: for what a service says,
  /// which may echo what it was given.
  public func masked(in text: String) -> String { Redaction([self]).masked(text) }
}
