// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// Reads `channels.json`: syntax, variables, keys and values, then the checks across keys.
///
/// It collects all findings of one run.
package struct ConfigurationReader: Sendable {
  package let registry: ChannelRegistry
  package let sources: SourceRegistry
  package let environment: [String: String]
  /// The files that it refers to.
  private let files: ReferencedFiles
  /// Identifies the file that a path leads to: two paths to one file give the same text.
  private let fileIdentity: @Sendable (String) -> String

  /// Makes a reader; without `files` and `fileIdentity`, no file is read, and paths are only compared as text.
  package init(
    registry: ChannelRegistry,
    sources: SourceRegistry = SourceRegistry(),
    environment: [String: String],
    files: ReferencedFiles = .none,
    fileIdentity: @escaping @Sendable (String) -> String = FileUse.normalized
  ) {
    self.fileIdentity = fileIdentity
    self.files = files
    self.registry = registry
    self.sources = sources
    self.environment = environment.mapValues(\.withoutFinalLineBreaks)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - source: The file's bytes and name.
  ///   - folder: The absolute path of the file's folder.
  /// - Returns: nil for the configuration if there was an error; the findings in the order of the file.
  package func read(_ source: SourceText, folder: String) -> (configuration: Configuration?, findings: [Finding]) {
    let reading = reading(source, folder: folder)
    return (reading.configuration, reading.findings)
  }

  /// The result of reading a file.
  package struct Reading: Sendable {
    /// Nil if there was an error.
    package var configuration: Configuration?
    /// In the order of the file.
    package var findings: [Finding]
    /// The absolute paths of the other files that were read, or that could not be.
    package var files: Set<String>
  }

  /// Reads the bytes of a file; see `read(_:folder:)`.
  package func reading(_ source: SourceText, folder: String) -> Reading {
    var report = Report(source: source, folder: folder)
    var configuration = read(source, &report)
    configuration?.holdsSecrets = !report.secrets.isEmpty
    configuration?.shown = source.masked(at: report.secrets)
    configuration?.readFiles = report.readFiles
    let findings = report.findings.sorted { ($0.line, $0.column, $0.path) < ($1.line, $1.column, $1.path) }
    let files = report.readFiles
    return Reading(configuration: report.errorCount == 0 ? configuration : nil, findings: findings, files: files)
  }

  private func read(_ source: SourceText, _ report: inout Report) -> Configuration? {
    let (node, problems) = JSONTree.parse(source)
    let isCertain = problems.allSatisfy(\.isHarmless)
    for problem in problems {
      let shown = isCertain && problem.code != .badNumber ? problem : problem.discreet
      report.error(shown.message, at: shown.offset, remedy: shown.remedy)
    }
    // If the text is so broken that entries may be missing, or that a value may look like a name, nothing more is
    // reported.
    guard let node, isCertain else { return nil }
    let expanded = Substitution(environment: environment, files: files).expand(node, report: &report)
    report.conceal(expanded.references)
    report.severities = SeveritySettings.scale(of: expanded["severities"])
    var file = ConfigurationFile()
    Field.decode(ConfigurationFile.fields, from: expanded, into: &file, report: &report)
    checkVersion(of: file, at: expanded["version"]?.offset, &report)
    let channels = readChannels(file.channels.node, &report)
    let sources = readSources(file.sources.node, &report)
    let builder = ConfigurationBuilder(file: file, root: expanded, channels: channels, sources: sources)
    FileConflicts(builder, registry, identity: fileIdentity).check(&report)
    return builder.build(&report)
  }

  private func checkVersion(of file: ConfigurationFile, at offset: Int?, _ report: inout Report) {
    guard file.version.value != 1 else { return }
    report.within("version") {
      $0.error(
        "this version of Belfry reads version 1 of the format.",
        at: offset ?? 0,
        remedy: "Write 1, or use the version of Belfry that the file was written for."
      )
    }
  }

  private func readChannels(_ node: JSONNode?, _ report: inout Report) -> NamedChannels {
    var channels = NamedChannels()
    report.within("channels") { report in
      for member in node?.members ?? [] {
        channels.declared.append(member)
        report.within(member.name) { report in
          guard let channel = readChannel(member, &report) else { return }
          channels.read[channel.name] = channel
        }
      }
      if let node, node.members?.isEmpty == true {
        report.error("there are no channels.", at: node.offset, remedy: "Add one, such as a `file` channel.")
      }
    }
    return channels
  }

  private func readChannel(_ member: JSONNode.Member, _ report: inout Report) -> ConfiguredChannel? {
    guard GivenName.isFit(member.name) else {
      GivenName.refuse(member, &report)
      return nil
    }
    guard let kind = kind(of: member, among: registry.kinds.map(\.kind.name), &report) else { return nil }
    guard let entry = registry[ChannelKind(kind)] else { return nil }
    var common = CommonSettings()
    decode(CommonSettings.fields, of: member, into: &common, &report)
    let name = ChannelName(member.name)
    let before = report.sealed.count
    let missing = report.missingSecrets.count
    guard let channel = entry.make(name, member.node, CommonSettings.names, &report) else { return nil }
    return ConfiguredChannel(
      name: name,
      kind: entry.kind,
      channel: channel,
      common: common,
      rate: common.rate.map(\.rate) ?? entry.rate,
      line: report.line(of: member.offset),
      redaction: Redaction(report.sealed.dropFirst(before)),
      gap: report.missingSecrets.dropFirst(missing).first.map { Uncomposable($0, of: name) }
    )
  }

  /// Reads the keys that all kinds have.
  ///
  /// A key that is neither one of them nor the kind's is reported by the kind's own decoding, once.
  private func decode<Common>(
    _ fields: [Field<Common>],
    of member: JSONNode.Member,
    into common: inout Common,
    _ report: inout Report
  ) {
    let names = fields.map(\.name)
    let others = (member.node.members ?? []).map(\.name).filter { !names.contains($0) }
    Field.decode(fields, from: member.node, into: &common, besides: others, report: &report)
  }

  /// The value of `kind`, if it is known.
  private func kind(of member: JSONNode.Member, among known: [String], _ report: inout Report) -> String? {
    guard member.node.members != nil else {
      report.error("expected an object, found \(member.node.kindName).", at: member.node.offset)
      return nil
    }
    guard let node = member.node["kind"] else {
      report.error(
        "`kind` is missing.",
        at: member.node.offset,
        remedy: "Add it. Known: \(known.joined(separator: ", "))."
      )
      return nil
    }
    return report.within("kind") { report in
      guard let kind = String.read(node, &report) else { return nil }
      if known.contains(kind) { return kind }
      report.error("there is no kind \"\(kind)\".", at: node.offset, remedy: Nearest.remedy(for: kind, among: known))
      return nil
    }
  }

  private func readSources(_ node: JSONNode?, _ report: inout Report) -> [ConfiguredSource] {
    report.within("sources") { report in
      (node?.members ?? []).compactMap { member in
        report.within(member.name) { readSource(member, &$0) }
      }
    }
  }

  private func readSource(_ member: JSONNode.Member, _ report: inout Report) -> ConfiguredSource? {
    guard GivenName.isFit(member.name) else {
      GivenName.refuse(member, &report)
      return nil
    }
    let name = SourceName(member.name)
    guard !SourceName.builtIn.contains(name) else {
      report.error("this name is reserved for Belfry.", at: member.offset, remedy: "Use another name.")
      return nil
    }
    guard let kind = kind(of: member, among: sources.kinds.map(\.kind.name), &report) else { return nil }
    guard let entry = sources[SourceKind(kind)] else { return nil }
    let errors = report.errorCount
    var common = CommonSourceSettings()
    decode(CommonSourceSettings.fields, of: member, into: &common, &report)
    common.transform.check(member.node, &report)
    let before = report.sealed.count
    guard let source = entry.make(name, member.node, CommonSourceSettings.names, &report),
      report.errorCount == errors
    else { return nil }
    return ConfiguredSource(
      name: name,
      source: source,
      common: common,
      severities: report.severities,
      line: report.line(of: member.offset),
      redaction: Redaction(report.sealed.dropFirst(before))
    )
  }
}

/// The channels of a file: all names, and those that were readable.
struct NamedChannels {
  var declared: [JSONNode.Member] = []
  var read: [ChannelName: ConfiguredChannel] = [:]
}

extension Uncomposable {
  /// A secret without which nothing can be sent.
  fileprivate init(_ missing: Report.MissingSecret, of channel: ChannelName) {
    // The path begins with `channels` and the channel's name.
    let key = missing.path.dropFirst(2).joined(separator: ".")
    let why = missing.names.isEmpty ? "" : ", because \(missing.names) is not set"
    let text = "`\(key)` of the channel \(channel) is empty\(why)."
    self.init("no_secret", text, rejection: .operator)
  }
}
