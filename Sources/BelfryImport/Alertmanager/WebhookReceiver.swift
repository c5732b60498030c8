// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// `webhook_configs`: a channel of the kind `webhook`.
enum WebhookReceiver: ReceiverKind {
  static let key = "webhook_configs"
  static let sendsResolved = true

  static func channel(
    _ section: inout YAMLSection,
    receiver: String,
    _ defaults: AlertmanagerDefaults,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member]? {
    let url = ImportedSecret(&section, "url", &result.report)
    let connection = HTTPConnection(&section, receiver: receiver, defaults, &result)
    let timeout = section.duration("timeout", &result.report)
    section.change(
      ["max_alerts"],
      "the size of a message is limited in bytes, not in alerts.",
      remedy: "Set `max_body` of the channel if the default of 20000 is not right.",
      &result.report
    )
    let payload = section.take("payload")
    guard let url else {
      result.report.lose(
        section.path,
        line: section.line,
        "there is no URL: its notifications are only written into a file.",
        remedy: "Add the URL to the channel."
      )
      return nil
    }
    guard !hasUser(url.text ?? "") else {
      result.report.lose(
        url.entry.path,
        line: url.entry.line,
        "a URL with a user name is not accepted: its notifications are only written into a file.",
        remedy: "Write a webhook with the login in the header field Authorization."
      )
      return nil
    }
    if let payload {
      result.report.lose(
        payload.path,
        line: payload.line,
        "the body of the request is Belfry's own.",
        remedy: "Write it as `body` of the channel, with its placeholders."
      )
    } else {
      result.report.lose(
        section.path,
        line: section.line,
        "the body of the request is Belfry's own, not the one of Alertmanager's webhooks.",
        remedy: "Change the receiver of the request, or write the members that it reads as `body` of the channel."
      )
    }
    var channel: [ImportedValue.Member] = [.init("kind", .text("webhook"))]
    channel += address(url, receiver, "the URL of \(receiver)", &result)
    channel += connection.headers(of: receiver, to: url, &result)
    channel += connection.tls
    if let timeout, timeout > .zero { channel.append(.init("timeout", .text(timeout.text))) }
    return channel
  }

  /// The key `url`, and the permission to connect to its host if that is probably in a private network.
  static func address(
    _ url: ImportedSecret,
    _ receiver: String,
    _ purpose: String,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue.Member] {
    let reference = url.reference([receiver, url.name], purpose, &result)
    var members = [ImportedValue.Member("url", .expression(reference))]
    guard let host = url.text.flatMap(host), isPrivate(host) else { return members }
    members.append(.init("allow_addresses", .text(host)))
    return members
  }

  private static func hasUser(_ url: String) -> Bool {
    guard let scheme = url.firstRange(of: "://") else { return false }
    return url[scheme.upperBound...].prefix { !"/?#".contains($0) }.contains("@")
  }

  /// The host of a URL, without brackets and port.
  static func host(_ url: String) -> String? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
    let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    if place.hasPrefix("[") { return String(place.dropFirst().prefix { $0 != "]" }) }
    return String(place.prefix { $0 != ":" })
  }

  /// Whether a host is usually not on the public internet: a name without a dot, one that ends in a private domain, or a
  /// private address.
  private static func isPrivate(_ host: String) -> Bool {
    if let address = IPAddress(host) { return !address.isPublic }
    let labels = host.lowercased().split(separator: ".")
    return labels.count < 2 || privateDomains.contains(labels[labels.count - 1])
      || (labels.count > 2 && labels[labels.count - 1] == "svc")
  }

  private static let privateDomains: Set<Substring> = [
    "local", "internal", "svc", "lan", "home", "corp", "intranet", "localdomain", "localhost", "private",
  ]
}
