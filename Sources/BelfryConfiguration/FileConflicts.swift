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

  /// A use of a file, with what identifies the file.
  private struct IdentifiedUse {
    var use: FileUse
    var identity: String
  }

  private let root: JSONNode
  private let file: ConfigurationFile
  private let registry: ChannelRegistry
  private let identity: (String) -> String
  private let channels: [ExactText: JSONNode]

  init(_ builder: ConfigurationBuilder, _ registry: ChannelRegistry, identity: @escaping (String) -> String) {
    self.registry = registry
    root = builder.root
    file = builder.file
    self.identity = identity
    channels = Dictionary(builder.channels.declared.map { (ExactText($0.name), $0.node) }) { first, _ in first }
  }

  func check(_ report: inout Report) {
    let owned = owned(report).map { (file: $0, identities: Set($0.all.map(identity))) }
    for (index, one) in owned.enumerated() {
      for other in owned[..<index] where !one.identities.isDisjoint(with: other.identities) {
        refuse([one.file.key], at: one.file.offset, "this file is \(other.file.name).", &report)
      }
    }
    let uses = report.files.filter { !["state", "audit"].contains($0.path.first) }
      .map { IdentifiedUse(use: $0, identity: identity($0.file)) }
    for one in uses {
      guard let other = owned.first(where: { isTaken(one, from: $0.file, $0.identities) }) else { continue }
      let message = "this file is \(other.file.name), or belongs to it."
      refuse(one.use.path, at: one.use.offset, message, &report)
    }
    checkJournals(uses, &report)
  }

  /// Checks that each file has one format, and that no other setting reads what a channel writes.
  private func checkJournals(_ uses: [IdentifiedUse], _ report: inout Report) {
    // The first channel that writes a file in each format.
    var writers: [String: [(form: [String], path: [String])]] = [:]
    for one in uses where one.use.role == .journal {
      let form = form(of: one.use)
      let earlier = writers[one.identity] ?? []
      if let other = earlier.first(where: { $0.form != form }) {
        let message = "\(other.path.joined(separator: ".")) writes this file in another format."
        refuse(one.use.path, at: one.use.offset, message, &report)
      }
      if !earlier.contains(where: { $0.form == form }) { writers[one.identity] = earlier + [(form, one.use.path)] }
    }
    for one in uses where one.use.role != .journal {
      guard let other = writers[one.identity]?.first else { continue }
      let message = "\(other.path.joined(separator: ".")) writes this file."
      refuse(one.use.path, at: one.use.offset, message, &report)
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

  private func isTaken(_ one: IdentifiedUse, from owned: Owned, _ identities: Set<String>) -> Bool {
    let isAudit = owned.key == "audit"
    let isRotated =
      isAudit && file.audit?.rotate != nil && FileConflicts.isRotated(one.use.file, of: owned.file)
    guard isRotated || identities.contains(one.identity) else { return false }
    return !(isAudit && one.use.role == .auditLog)
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
    guard use.path.count >= 2, let channel = channels[ExactText(use.path[1])] else { return [] }
    let kind = channel["kind"]?.string ?? ""
    let usual = registry[ChannelKind(kind)]?.settings.first { $0.name == "format" }?.defaultText
    return [kind, channel["format"]?.string.map { "\"\($0)\"" } ?? usual ?? ""]
  }
}
