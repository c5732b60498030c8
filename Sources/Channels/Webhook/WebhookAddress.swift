// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Where a webhook is: an absolute `http` or `https` URL, with a path and a query of any kind.
///
/// Many services put their key into it. So what came from a variable is kept as a secret, and only the host is shown.
public struct WebhookAddress: FieldValue, Hashable {
  /// The service without path and query.
  private let base: WebAddress
  private let whole: Secret
  /// The URL when nothing in it is secret; else what may be shown of it.
  public let shownURL: String

  /// No address.
  public init() {
    base = WebAddress()
    whole = Secret()
    shownURL = ""
  }

  /// Creates an address when `text` is one; when it is secret, path and query are not shown.
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

  /// The whole URL when it holds a secret; else empty.
  var sealed: Secret { whole }

  /// What is searched for in what the service answers: the whole URL, and what stands after its host.
  private var secrets: [Secret] {
    let rest = whole.reveal().dropFirst(base.text.count + 1)
    return [whole, Secret(String(rest))].filter(\.isRecognisable)
  }

  /// Whether what is sent there crosses a network in clear.
  var isClear: Bool { base.isClear }

  /// The host; an IPv6 address keeps its brackets.
  var host: String { base.host }

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

  /// What may be shown of it, in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(shownURL)\"" }

  /// Shows nothing of the URL: what is wrong may be wrong in the middle of a key.
  private static func fault(in text: String) -> String? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "a URL holds no spaces and only ASCII." }
    guard !text.contains("#") else { return "a fragment is never sent; a # in a URL is written %23." }
    guard !text.contains("{{") else { return "no alert has a say in where a notice goes: a URL has no placeholders." }
    return WebAddress(String(text.prefix { $0 != "?" })) == nil
      ? "this is not an absolute http or https URL without a user name." : nil
  }
}
