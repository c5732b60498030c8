// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What an import makes of another program's configuration: a `channels.json`, the variables it uses, and a report.
package struct ImportedConfiguration: Sendable {
  /// A variable that `channels.json` uses, for a value that must not stand in the file.
  package struct Variable: Sendable, Hashable {
    package var name: String
    /// What it is, for the person who fills it in.
    package var purpose: String
    /// The value from the imported file; empty if that contains none.
    package var value: Secret
  }

  private var channels: [ImportedValue.Member] = []
  private var channelNames: Set<String> = []
  private var places: [String: Int] = [:]
  /// The hours that routes name.
  private var times: [ImportedValue.Member] = []
  var routes: [ImportedValue] = []
  var inhibit: [ImportedValue] = []
  /// The keys at the top of the file, after those above.
  var settings: [ImportedValue.Member] = []
  package private(set) var variables: [Variable] = []
  package internal(set) var report = ImportReport()

  init() {}

  /// A variable for a value; one that exists already if it stands for the same value.
  mutating func variable(_ parts: [String], purpose: String, _ value: Secret) -> ImportedValue {
    .expression("${\(variableName(parts, purpose: purpose, value))}")
  }

  /// The name of a variable for a value, made of some parts: `AM_ONCALL_API_URL`.
  mutating func variableName(_ parts: [String], purpose: String, _ value: Secret) -> String {
    let letters = parts.joined(separator: "_").uppercased().unicodeScalars.map { $0.isName ? String($0) : "_" }
    let base = "AM_" + letters.joined()
    var name = base
    var number = 1
    while let place = places[name] {
      if variables[place].value == value, variables[place].purpose == purpose { return name }
      number += 1
      name = "\(base)_\(number)"
    }
    places[name] = variables.count
    variables.append(Variable(name: name, purpose: purpose, value: value))
    return name
  }

  /// Adds a channel under a name similar to `name` that no other channel has.
  mutating func addChannel(like name: String, _ settings: (_ name: String) -> [ImportedValue.Member]) -> String {
    let unique = ImportedConfiguration.name(like: name.isEmpty ? "receiver" : name, notIn: &channelNames)
    channels.append(.init(unique, .object(settings(unique))))
    return unique
  }

  /// A name of letters, digits, `-`, `_` and `.` that is similar, and that is not among others.
  static func name(like name: String, notIn names: inout Set<String>) -> String {
    let scalars = name.unicodeScalars.map { $0.isName || "-_.".unicodeScalars.contains($0) ? String($0) : "-" }
    let base = scalars.isEmpty ? "-" : String(scalars.joined().prefix(longestName))
    var unique = base
    var number = 1
    while !names.insert(unique).inserted {
      number += 1
      unique = "\(base)-\(number)"
    }
    return unique
  }

  /// Adds hours to `times`, unless they are there.
  mutating func addTimes(_ name: String, _ hours: ImportedValue) {
    if !times.contains(where: { $0.name == name }) { times.append(.init(name, hours)) }
  }

  /// With room for a number: names have at most 64 characters.
  private static let longestName = 56
}

extension ImportedConfiguration {
  package var channelCount: Int { channels.count }
  /// All routes of the tree.
  package var routeCount: Int { routes.reduce(0) { $0 + ImportedConfiguration.count($1) } }

  private static func count(_ route: ImportedValue) -> Int {
    guard case .object(let members) = route,
      case .list(let children)? = members.first(where: { $0.name == "routes" })?.value
    else { return 1 }
    return children.reduce(1) { $0 + count($1) }
  }

  /// The text of `channels.json`.
  package var json: String {
    var members = [ImportedValue.Member("version", .number(1)), .init("channels", .object(channels))]
    if !times.isEmpty { members.append(.init("times", .object(times))) }
    members.append(.init("routes", .list(routes)))
    if !inhibit.isEmpty { members.append(.init("inhibit", .list(inhibit))) }
    return ImportedValue.object(members + settings).json + "\n"
  }

  /// A file with one `NAME=value` for each variable, as systemd, Docker and shells read it.
  ///
  /// Without `values`, each value is empty.
  package func environment(withValues values: Bool) -> String {
    var lines = ["# The values that channels.json takes from the environment. Keep this file secret."]
    for variable in variables {
      let value = values ? ImportedConfiguration.quoted(variable.value.reveal()) : ""
      lines += ["", "# \(variable.purpose.oneLine)", "\(variable.name)=\(value)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The value in quotes if a shell would read it differently without.
  private static func quoted(_ value: String) -> String {
    if value.unicodeScalars.allSatisfy({ $0.isName || "-_./:@%+=,".unicodeScalars.contains($0) }) { return value }
    if !value.contains("'") { return "'\(value)'" }
    let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
      .replacing("`", with: "\\`")
    return "\"\(escaped)\""
  }
}

extension Unicode.Scalar {
  /// Whether it may be part of every name: an ASCII letter or digit.
  fileprivate var isName: Bool { isASCII && (properties.isAlphabetic || ("0"..."9").contains(self)) }
}
