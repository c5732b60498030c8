// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Finds files that two settings use in incompatible ways, such as a channel that would write into the ledger.
struct FileConflicts {
  /// A file reserved for Belfry, with its related files.
  private struct Owned {
    var key: String
    var name: String
    var file: String
    var companions: [String]
    var offset: Int

    var all: [String] { [file] + companions.map { file + $0 } }
  }

  private let root: JSONNode
  private let file: ConfigurationFile
  private let registry: ChannelRegistry
  private let identity: (String) -> String

  init(_ builder: ConfigurationBuilder, _ registry: ChannelRegistry, identity: @escaping (String) -> String) {
    self.registry = registry
    root = builder.root
    file = builder.file
    self.identity = identity
  }

  func check(_ report: inout Report) {
    let owned = owned(report)
    for (index, one) in owned.enumerated() {
      for other in owned[..<index] where !Set(one.all.map(identity)).isDisjoint(with: other.all.map(identity)) {
        refuse([one.key], at: one.offset, "this file is \(other.name).", &report)
      }
    }
    let uses = report.files.filter { !["state", "audit"].contains($0.path.first) }
    for use in uses {
      guard let other = owned.first(where: { isTaken(use, from: $0) }) else { continue }
      refuse(use.path, at: use.offset, "this file is \(other.name), or belongs to it.", &report)
    }
    checkJournals(uses, &report)
  }

  /// Checks that each file has one format, and that no other setting reads what a channel writes.
  private func checkJournals(_ uses: [FileUse], _ report: inout Report) {
    let journals = uses.filter { $0.role == .journal }
    for (index, use) in journals.enumerated() {
      let other = journals[..<index].first { identity($0.file) == identity(use.file) && form(of: $0) != form(of: use) }
      guard let other else { continue }
      refuse(
        use.path,
        at: use.offset,
        "\(other.path.joined(separator: ".")) writes this file in another format.",
        &report
      )
    }
    for use in uses where use.role != .journal {
      guard let other = journals.first(where: { identity($0.file) == identity(use.file) }) else { continue }
      refuse(use.path, at: use.offset, "\(other.path.joined(separator: ".")) writes this file.", &report)
    }
  }

  private func refuse(_ path: [String], at offset: Int, _ message: String, _ report: inout Report) {
    guard let first = path.first else { return report.error(message, at: offset, remedy: "Name another file.") }
    report.within(first) { refuse(Array(path.dropFirst()), at: offset, message, &$0) }
  }

  private func owned(_ report: Report) -> [Owned] {
    let name = report.source.name.split(separator: "/").last.map(String.init) ?? "channels.json"
    var owned = [
      Owned(key: "", name: "the configuration", file: "\(report.folder)/\(name)", companions: [], offset: 0)
    ]
    if case .file(let state) = file.state ?? .file(report.folder + "/var/belfry.db") {
      owned.append(
        Owned(
          key: "state",
          name: "the ledger (`state`)",
          file: state,
          companions: ["-wal", "-shm", "-journal", "-run", "-send"],
          offset: root["state"]?.offset ?? root.offset
        )
      )
    }
    owned.append(
      Owned(
        key: "audit",
        name: "the audit log (`audit`)",
        file: file.audit?.path?.text ?? report.folder + "/var/audit.jsonl",
        companions: ["-end"],
        offset: root["audit"]?.offset ?? root.offset
      )
    )
    return owned
  }

  private func isTaken(_ use: FileUse, from owned: Owned) -> Bool {
    let isAudit = owned.key == "audit"
    let isRotated = isAudit && file.audit?.rotate != nil && FileConflicts.isRotated(use.file, of: owned.file)
    guard isRotated || owned.all.contains(where: { identity($0) == identity(use.file) }) else { return false }
    return !(isAudit && use.role == .auditLog)
  }

  /// Whether it has the name of a rotated file of the log: `audit.2026-11-24.jsonl`.
  private static func isRotated(_ file: String, of log: String) -> Bool {
    let (file, log) = (FileUse.normalized(file), FileUse.normalized(log))
    let name = log.split(separator: "/").last ?? ""
    let point = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    let ending = name[point...]
    let stem = log.dropLast(ending.count) + "."
    guard file.hasPrefix(stem), file.hasSuffix(ending) else { return false }
    let day = Array(file.dropFirst(stem.count).prefix(10))
    return day.count == 10
      && day.enumerated().allSatisfy { $0 == 4 || $0 == 7 ? $1 == "-" : $1.isASCII && $1.isNumber }
  }

  /// The kind of the channel that writes it, and the format.
  private func form(of use: FileUse) -> [String] {
    guard use.path.count >= 2, let channel = root["channels"]?[use.path[1]] else { return [] }
    let kind = channel["kind"]?.string ?? ""
    let usual = registry[ChannelKind(kind)]?.settings.first { $0.name == "format" }?.defaultText
    return [kind, channel["format"]?.string.map { "\"\($0)\"" } ?? usual ?? ""]
  }
}
