// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Proves that a form was made by this process for this caller, and not by another site's page.
struct FormSeal: Sendable {
  private let key = [UInt8].randomKey()

  func seal(for caller: Caller) -> String {
    let code = SHA256.authenticationCode(of: Array(caller.name.utf8), key: key)
    return SHA256.hexadecimal(of: code)
  }

  func check(_ text: String?, by caller: Caller) throws(Refusal) {
    guard let text, SHA256.isEqual(Array(text.utf8), Array(seal(for: caller).utf8)) else {
      throw Refusal(.forbidden, "This form has expired. Reload the cockpit and try again.")
    }
  }
}
