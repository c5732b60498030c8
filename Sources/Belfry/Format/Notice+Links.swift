// SPDX-License-Identifier: Apache-2.0

extension Notice {
  /// The URL for an alert's details: its own link if it is absolute, otherwise its path under `cockpit`.
  ///
  /// - Returns: an absolute `http` or `https` URL in ASCII that contains nothing that would end a link in HTML, Slack
  ///   or mail; nil if the alert has no usable link.
  public func address(of alert: Alert) -> String? { Notice.address(alert.link, under: cockpit) }

  /// All links of an alert, made safe in the same way.
  public func links(of alert: Alert) -> AlertLinks { AlertLinks(of: alert, cockpit: cockpit) }

  /// The URL of a link that is absolute, or of a path under `cockpit`; nil if it is neither.
  static func address(_ link: String, under cockpit: String) -> String? {
    let link = link.oneLine
    guard !link.isEmpty else { return nil }
    if let colon = link.firstIndex(of: ":"), link[..<colon].allSatisfy(\.isSchemeCharacter) {
      let scheme = link[..<colon].lowercased()
      guard scheme == "http" || scheme == "https", link[colon...].hasPrefix("://") else { return nil }
      return Notice.followable(link)
    }
    guard let base = home(cockpit) else { return nil }
    return Notice.followable(base + "/" + Notice.confined(link))
  }

  /// A relative link that cannot lead out of the URL it is appended to: `../../evil` becomes `evil`.
  ///
  /// Browsers and servers also accept `%2e` for a dot, and `\\`, `%2f` and `%5c` for a slash. If a link uses any of
  /// these to go up, its path is normalised (WHATWG URL, 4.1 and 4.4). The part after `?` or `#` stays unchanged.
  /// ways, its path is normalised (WHATWG URL, 4.1 and 4.4). What follows `?` or `#` stays as it is.
  private static func confined(_ link: String) -> String {
    let end = link.firstIndex { $0 == "?" || $0 == "#" } ?? link.endIndex
    let path = link[..<end].drop { $0 == "/" || $0 == "\\" }
    let plain = path.replacing("%2f", with: "/").replacing("%2F", with: "/").replacing("%5c", with: "/")
      .replacing("%5C", with: "/").replacing("\\", with: "/")
    let segments = plain.split(separator: "/", omittingEmptySubsequences: false)
      .map { ($0, $0.replacing("%2e", with: ".").replacing("%2E", with: ".")) }
    guard segments.contains(where: { [".", ".."].contains($0.1) }) else { return String(path + link[end...]) }
    var kept: [Substring] = []
    for (segment, dots) in segments {
      switch dots {
      case "..": _ = kept.popLast()
      case ".": continue
      default: kept.append(segment)
      }
    }
    return String(kept.joined(separator: "/").drop { $0 == "/" }) + link[end...]
  }

  /// The cockpit's URL; nil if none is configured.
  public var home: String? { Notice.home(cockpit) }

  private static func home(_ cockpit: String) -> String? {
    guard cockpit.hasPrefix("https://") || cockpit.hasPrefix("http://") else { return nil }
    return Notice.followable(cockpit)
  }

  /// The URL with all disallowed characters percent-encoded; nil if it is too long to be useful.
  private static func followable(_ url: String) -> String? {
    func isFit(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && !#""<>\^`{|}'"#.utf8.contains(byte) }
    guard url.utf8.count <= 2000, !url.utf8.allSatisfy(isFit) else { return url.utf8.count <= 2000 ? url : nil }
    var result = ""
    for byte in url.utf8 {
      if isFit(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result.utf8.count <= 2000 ? result : nil
  }
}

extension Character {
  fileprivate var isSchemeCharacter: Bool { isASCII && (isLetter || isNumber || "+-.".contains(self)) }
}
