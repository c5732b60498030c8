// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

/// A secret of the imported file, or the file that contains it.
struct ImportedSecret {
  enum Place {
    case value(Secret)
    case file(String)
  }

  let place: Place
  /// The key without `_file`.
  let name: String
  let entry: YAMLEntry
  /// Whether it is a default of all receivers, from `global`.
  let isShared: Bool

  init(_ place: Place, name: String, _ entry: YAMLEntry, isShared: Bool = false) {
    self.place = place
    self.name = name
    self.entry = entry
    self.isShared = isShared
  }

  /// Takes `name`, or else `name_file`.
  init?(_ section: inout YAMLSection, _ name: String, isShared: Bool = false, _ report: inout ImportReport) {
    let value = section.take(name)
    let file = section.take(name + "_file")
    if let value, let text = value.text(&report), !text.isEmpty {
      // Grafana exports this in place of a secret.
      self.init(.value(Secret(text == "[REDACTED]" ? "" : text)), name: name, value, isShared: isShared)
    } else if let file, let path = file.text(&report), !path.isEmpty {
      self.init(.file(path), name: name, file, isShared: isShared)
    } else {
      return nil
    }
  }

  /// The text, if it stands in the imported file.
  var text: String? {
    if case .value(let secret) = place, !secret.isEmpty { secret.reveal() } else { nil }
  }

  /// The parts of its variable's name, for a receiver.
  func parts(of receiver: String) -> [String] { isShared ? [name] : [receiver, name] }

  /// Whether it is the URL of another machine to which requests are sent unencrypted.
  var isSentInClear: Bool {
    guard let text, text.lowercased().hasPrefix("http://") else { return false }
    return !HostName.isLoopback(ImportedURL.host(text) ?? "")
  }

  /// How `channels.json` refers to it: as a variable with a name made of `parts`, or as the file that contains it.
  func reference(_ parts: [String], _ purpose: String, _ result: inout ImportedConfiguration) -> String {
    switch place {
    case .value(let secret):
      return "${\(result.variableName(parts, purpose: "\(purpose), line \(entry.line)", secret))}"
    case .file(let path):
      return ImportedSecret.reference(toFile: path, entry, &result) {
        $0.variableName(parts, purpose: "\(purpose): the content of \(path)", Secret())
      }
    }
  }

  /// `${file:PATH}`; a variable for the few paths that cannot be written so.
  static func reference(
    toFile path: String,
    _ entry: YAMLEntry,
    _ result: inout ImportedConfiguration,
    orVariable variable: (inout ImportedConfiguration) -> String
  ) -> String {
    guard !path.contains("}"), !path.contains(":-") else {
      let name = variable(&result)
      result.report.change(
        entry.path,
        line: entry.line,
        "the path of the file cannot be written into channels.json: the secret is taken from the variable \(name).",
        remedy: "Set it in the service's environment, or give the file another name."
      )
      return "${\(name)}"
    }
    if !path.hasPrefix("/") {
      result.report.change(
        entry.path,
        line: entry.line,
        "the path of the file starts at the folder of channels.json.",
        remedy: "Write the whole path, or copy the file there."
      )
    }
    return "${file:\(path)}"
  }
}

/// Reads the parts of a URL.
enum ImportedURL {
  /// The parts of a URL whose authority has a user name and a password.
  struct Login {
    var user: String
    var password: String
    /// The URL without both.
    var url: String
  }

  /// The host of a URL, without brackets and port.
  static func host(_ url: String) -> String? {
    guard let authority = authority(url) else { return nil }
    let place = url[authority].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    if place.hasPrefix("[") { return String(place.dropFirst().prefix { $0 != "]" }) }
    return String(place.prefix { $0 != ":" })
  }

  /// The login in a URL such as `https://user:password@host/`; nil if there is none.
  static func login(_ url: String) -> Login? {
    guard let authority = authority(url), let mark = url[authority].lastIndex(of: "@") else { return nil }
    let words = url[authority.lowerBound..<mark].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let decoded = words.map { String($0).removingPercentEncoding ?? String($0) }
    return Login(
      user: decoded[0],
      password: decoded.count > 1 ? decoded[1] : "",
      url: String(url[..<authority.lowerBound]) + url[url.index(after: mark)...]
    )
  }

  private static func authority(_ url: String) -> Range<String.Index>? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let end = url[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? url.endIndex
    return scheme.upperBound..<end
  }

  /// Whether a host is usually not on the public internet: a name without a dot, one that ends in a private domain, or a
  /// private address.
  static func isPrivate(_ host: String) -> Bool {
    if let address = IPAddress(host) { return !address.isPublic }
    let labels = host.lowercased().split(separator: ".")
    return labels.count < 2 || privateDomains.contains(labels[labels.count - 1])
      || (labels.count > 2 && labels[labels.count - 1] == "svc")
  }

  private static let privateDomains: Set<Substring> = [
    "local", "internal", "svc", "lan", "home", "corp", "intranet", "localdomain", "localhost", "private",
  ]
}
