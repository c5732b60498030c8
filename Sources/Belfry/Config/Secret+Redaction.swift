// SPDX-License-Identifier: Apache-2.0

extension Secret {
  /// A text with this secret masked, in any of the forms that `Redaction` knows; use it for answers of services, which
  /// may repeat the secret.
  public func masked(in text: String) -> String { Redaction([self]).masked(text) }
}
