// SPDX-License-Identifier: Apache-2.0

/// The capabilities a mail server lists after EHLO, as libcurl reads them.
///
/// RFC 5321 §2.4 allows keywords in any case. libcurl recognises only upper case and ignores the rest: it would then
/// send a mail without the configured login.
struct MailOffer: Equatable {
  /// Whether libcurl recognises an AUTH line; without one it does not log in.
  private(set) var hasLogin = false
  /// Whether libcurl recognises SMTPUTF8 (RFC 6531).
  private(set) var hasUTF8 = false
  /// AUTH or STARTTLS lines that libcurl ignores because of their case, as the server wrote them.
  private(set) var unreadLogin: String?
  private(set) var unreadTLS: String?

  /// Adds one line's text, such as `AUTH PLAIN LOGIN`.
  mutating func take(_ text: String) {
    let words = text.split { $0 == " " || $0 == "\t" || $0 == "=" }.map(String.init)
    switch words.first?.uppercased() {
    case "AUTH":
      if text.hasPrefix("AUTH "), words.dropFirst().contains(where: MailOffer.mechanisms.contains) {
        hasLogin = true
      } else {
        unreadLogin = text
      }
    case "STARTTLS": unreadTLS = text.hasPrefix("STARTTLS") ? nil : text
    case "SMTPUTF8": if text.hasPrefix("SMTPUTF8") { hasUTF8 = true }
    default: break
    }
  }

  /// The login mechanisms used here.
  private static let mechanisms: Set<String> = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]
}
