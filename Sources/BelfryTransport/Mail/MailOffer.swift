// SPDX-License-Identifier: Apache-2.0

/// What a mail server says after EHLO that it can do, as libcurl reads it.
///
/// RFC 5321 §2.4 lets a server write keywords in any case. libcurl knows them in capitals alone and passes over the
/// others: it would then send a mail without the login that is configured.
struct MailOffer: Equatable {
  /// Whether libcurl sees an AUTH line; without one it does not log in.
  private(set) var hasLogin = false
  /// Whether libcurl sees SMTPUTF8 (RFC 6531).
  private(set) var hasUTF8 = false
  /// Lines that a person would read as AUTH or STARTTLS and that libcurl passes over, as the server wrote them.
  private(set) var unreadLogin: String?
  private(set) var unreadTLS: String?

  /// Takes one line's text, such as `AUTH PLAIN LOGIN`.
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

  /// The mechanisms that a login is made by here.
  private static let mechanisms: Set<String> = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]
}
