// SPDX-License-Identifier: Apache-2.0

/// The URL of a webhook: an absolute `http` or `https` URL, with any path and query.
///
/// Many services put their key into the URL. An address from a variable is therefore a secret, and only its host is
/// shown.
public struct WebhookAddress: FieldValue, ClearAddress, Hashable {
  /// The URL without path and query.
  private let base: WebAddress
  private let whole: Secret
  /// The URL if nothing in it is secret; otherwise the part that may be shown.
  public let shownURL: String

  /// Creates an empty address.
  public init() {
    base = WebAddress()
    whole = Secret()
    shownURL = ""
  }

  /// Creates an address if `text` is one; if it is secret, path and query are not shown.
  init?(_ text: String, isSecret: Bool) {
    guard WebhookAddress.fault(in: text) == nil, let scheme = text.firstRange(of: "://") else { return nil }
    let end = text[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    guard let base = WebAddress(String(text[..<end])) else { return nil }
    self.base = base
    let hides = isSecret && end < text.endIndex
    whole = hides ? Secret(text) : Secret()
    shownURL = hides ? "\(base.text)/\(Secret.mask)" : text
  }

  /// Whether no address is given.
  public var isEmpty: Bool { base.isEmpty }

  /// The whole URL if it holds a secret; otherwise empty.
  public var sealed: Secret { whole }

  /// The URL as it is sent, and as it may be shown.
  public var text: SealedText { SealedText(shown: shownURL, sealed: whole) }

  /// The texts to mask in the service's answers: the whole URL, and the part after its host.
  private var secrets: [Secret] {
    let rest = whole.reveal().dropFirst(base.text.count + 1)
    return [whole, Secret(String(rest))].filter(\.isRecognisable)
  }

  /// Whether requests to it cross a network in clear.
  public var isClear: Bool { base.isClear }

  /// Whether requests to it use `http`, to this machine or to another.
  public var isPlain: Bool { base.isPlain }

  /// The host; an IPv6 address keeps its brackets.
  public var host: String { base.host }

  /// A string.
  public static var shape: FieldShape { .string("a URL such as https://example.com/hook") }

  /// Reads an absolute URL.
  public static func read(_ node: JSONNode, _ report: inout Report) -> WebhookAddress? {
    guard let text = String.read(node, &report) else { return nil }
    if let address = WebhookAddress(text, isSecret: node.substitution != nil) {
      report.seal(address.secrets + (node.substitution?.isWhole == true ? [] : node.sealedValues))
      return address
    }
    report.error(
      fault(in: text) ?? "this is not an absolute http or https URL.",
      at: node.offset,
      remedy: "Write it as https://host/path."
    )
    return nil
  }

  /// The part that may be shown, in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(shownURL)\"" }

  /// The reason why it is invalid; shows nothing of the URL, because the invalid part may be inside a key.
  private static func fault(in text: String) -> String? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "a URL must be ASCII without spaces." }
    guard !text.contains("#") else { return "a fragment is never sent; a # in a URL is written %23." }
    guard !text.contains("{{") else {
      return "a URL cannot contain placeholders: alerts must not decide where messages go."
    }
    return WebAddress(String(text.prefix { $0 != "?" })) == nil
      ? "this is not an absolute http or https URL without a user name." : nil
  }
}
