// SPDX-License-Identifier: Apache-2.0

/// The findings in a file, each with its place, collected so that one run shows all of them.
public struct Report: Sendable {
  /// All findings, in the order they were found.
  public private(set) var findings: [Finding] = []
  /// The absolute path of the folder that relative paths refer to.
  package let folder: String
  package let source: SourceText
  private var path: [String] = []
  /// The object that `ChannelSettings.check` is checking: findings about a key are placed there.
  public package(set) var subject: JSONNode?
  /// The number of values missing because of an unset variable, each already reported.
  private var gaps = 0
  /// Values from the environment that must not be shown: they may be secrets in the wrong place.
  private var concealed = ConcealedValues()
  private let places: TextPlaces

  package init(source: SourceText, folder: String) {
    self.source = source
    self.folder = folder
    places = TextPlaces(source)
  }

  /// The line of a byte of the file, from 1.
  package func line(of offset: Int) -> Int { places.place(of: offset).line }

  /// The byte offsets of strings in the file that hold secrets.
  package private(set) var secrets: [Int] = []

  /// Values that must not be shown; they are masked in the output of programs and servers.
  package private(set) var sealed: [Secret] = []

  /// Records values that must not be shown.
  public mutating func seal(_ secrets: [Secret]) { sealed += secrets.filter { !$0.isEmpty } }

  /// Records the values of the variables in a text that are long enough to be recognised.
  public mutating func seal(variablesOf node: JSONNode) { seal(node.sealedValues) }

  /// The severities of the file, known before its other keys are read.
  package var severities = SeverityScale.standard

  /// The files named so far.
  package private(set) var files: [FileUse] = []

  /// Records that the value at this offset names a file.
  package mutating func note(_ file: String, as role: FileUse.Role, at offset: Int) {
    files.append(FileUse(path: path, file: file, role: role, offset: offset))
  }

  /// The absolute paths of the files whose content was read, or could not be.
  package private(set) var readFiles: Set<String> = []

  /// Records that the content of these files is part of the configuration.
  package mutating func noteRead(_ paths: Set<String>) { readFiles.formUnion(paths) }

  /// The required secrets that references left empty.
  package private(set) var missingSecrets: [MissingSecret] = []

  /// A required secret that references left empty.
  package struct MissingSecret: Sendable, Hashable {
    /// The keys that lead to it, from the top of the file.
    package var path: [String]
    /// The references, for a message.
    package var names: String
  }

  /// Records that the value that is being read is a required secret, and empty.
  mutating func noteMissingSecret(_ names: String) {
    missingSecrets.append(MissingSecret(path: path, names: names))
  }

  /// The number of errors.
  public private(set) var errorCount = 0

  /// The number of unreadable values: what depends on them is not reported as well.
  package var troubleCount: Int { errorCount + gaps }

  /// Skips a value left empty by an unset variable.
  package mutating func skip() { gaps += 1 }

  /// Adds an error at a place in the file.
  ///
  /// - Parameters:
  ///   - message: What is wrong.
  ///   - offset: The byte offset in the file.
  ///   - remedy: What to write instead, as a whole sentence; may be empty.
  public mutating func error(_ message: String, at offset: Int, remedy: String = "") {
    add(.error, message, at: offset, remedy: remedy)
  }

  /// Adds a warning at a place in the file: the file is usable, but probably not as intended.
  public mutating func warning(_ message: String, at offset: Int, remedy: String = "") {
    add(.warning, message, at: offset, remedy: remedy)
  }

  /// Adds an error about a key of the settings being checked; for the rules in `ChannelSettings.check`.
  public mutating func error(_ message: String, key: String, remedy: String = "") {
    within(key) { $0.add(.error, message, at: $0.subject.offset(of: key), remedy: remedy) }
  }

  /// Adds a warning about a key of the settings being checked.
  public mutating func warning(_ message: String, key: String, remedy: String = "") {
    within(key) { $0.add(.warning, message, at: $0.subject.offset(of: key), remedy: remedy) }
  }

  /// Reports that a secret would be sent unencrypted, if requests to the address of this key are.
  ///
  /// - Parameters:
  ///   - address: The value of the key.
  ///   - key: The key.
  ///   - secret: What would be read on the way, such as "the token".
  public mutating func checkConfidential(
    _ address: some ClearAddress,
    key: String,
    carrying secret: String = "the token"
  ) {
    guard address.isClear else { return }
    error("\(secret) would be sent unencrypted.", key: key, remedy: "Write https://.")
  }

  /// Runs `body` with `step` added to the path of its findings.
  public mutating func within<Result>(_ step: String, _ body: (inout Report) -> Result) -> Result {
    path.append(step)
    defer { path.removeLast() }
    return body(&self)
  }

  /// Runs `body` for each member of an object that needs at least one, with the member's name in the path of its findings.
  ///
  /// - Returns: Whether the node is such an object, and `body` reported no error.
  package mutating func readMembers(
    of node: JSONNode,
    expecting shape: FieldShape,
    _ body: (JSONNode.Member, inout Report) -> Void
  ) -> Bool {
    guard let members = node.members, !members.isEmpty else {
      error("expected \(shape.text), found \(node.members == nil ? node.kindName : "none").", at: node.offset)
      return false
    }
    let errors = errorCount
    for member in members { within(member.name) { body(member, &$0) } }
    return errorCount == errors
  }

  /// Runs `body` and keeps its findings only if none is an error.
  ///
  /// - Returns: whether they were kept.
  package mutating func attempt(_ body: (inout Report) -> Void) -> Bool {
    let mark = Mark(self)
    body(&self)
    if errorCount == mark.errors { return true }
    undo(to: mark)
    return false
  }

  /// How much it contained before an attempt: a copy of it would cost more with each finding.
  private struct Mark {
    let findings: Int
    let errors: Int
    let gaps: Int
    let secrets: Int
    let sealed: Int
    let files: Int
    let missingSecrets: Int
    let subject: JSONNode?

    init(_ report: Report) {
      findings = report.findings.count
      errors = report.errorCount
      gaps = report.gaps
      secrets = report.secrets.count
      sealed = report.sealed.count
      files = report.files.count
      missingSecrets = report.missingSecrets.count
      subject = report.subject
    }
  }

  private mutating func undo(to mark: Mark) {
    findings.removeSubrange(mark.findings...)
    secrets.removeSubrange(mark.secrets...)
    sealed.removeSubrange(mark.sealed...)
    files.removeSubrange(mark.files...)
    missingSecrets.removeSubrange(mark.missingSecrets...)
    (errorCount, gaps, subject) = (mark.errors, mark.gaps, mark.subject)
  }

  /// Records that the string at this offset is or contains a secret.
  mutating func noteSecret(at offset: Int) { secrets.append(offset) }

  /// Makes later findings name the reference instead of showing its value.
  package mutating func conceal(_ values: [JSONNode.Substitution.Resolved]) {
    concealed = ConcealedValues(values)
  }

  /// A text as it may be shown: on one line, without control characters, whatever names and words of the file it
  /// contains.
  private func shown(_ text: String) -> String {
    let discreet = concealed.hidden(in: text)
    return discreet.cleaned(.oneLine)?.text ?? discreet
  }

  private mutating func add(_ level: Finding.Level, _ message: String, at offset: Int, remedy: String) {
    if level == .error { errorCount += 1 }
    let place = places.place(of: offset)
    findings.append(
      Finding(
        level: level,
        file: source.name,
        line: place.line,
        column: place.column,
        path: shown(Report.spell(path)),
        message: shown(message),
        remedy: shown(remedy)
      )
    )
  }

  /// `channels.oncall.token`, `routes[2].match`: index steps already have brackets.
  private static func spell(_ path: [String]) -> String {
    path.reduce(into: "") { text, step in
      if !text.isEmpty && !step.hasPrefix("[") { text += "." }
      text += step
    }
  }
}

extension JSONNode? {
  /// The offset of a key's value; that of the object if it has no such key.
  fileprivate func offset(of key: String) -> Int { self?[key]?.offset ?? self?.offset ?? 0 }
}

/// One problem in a file: its place, what is wrong, and how to fix it.
public struct Finding: Sendable, Hashable {
  /// Whether the file is usable despite the problem.
  public enum Level: String, Sendable, Hashable {
    case error
    case warning
  }

  /// The level.
  public var level: Level
  /// The file's name.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The column in characters, from 1.
  public var column: Int
  /// The path of keys, such as `channels.oncall.token`.
  public var path: String
  /// What is wrong.
  public var message: String
  /// How to fix it, as a whole sentence; may be empty.
  public var remedy: String

  /// `channels.json:12:5: error: channels.oncall.token: …` and the remedy, on one line like a compiler's.
  package var text: String {
    let subject = path.isEmpty ? "" : "\(path): "
    return "\(file):\(line):\(column): \(level.rawValue): \(subject)\(message)" + (remedy.isEmpty ? "" : " \(remedy)")
  }
}
