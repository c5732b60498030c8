// SPDX-License-Identifier: Apache-2.0

/// What was found wrong in a file, each finding with its place, collected so that one run shows all of them.
public struct Report: Sendable {
  /// Everything that was found, in the order it was found.
  public private(set) var findings: [Finding] = []
  /// The folder that relative paths start at, absolute.
  package let folder: String
  package let source: SourceText
  private var path: [String] = []
  /// The object that `ChannelSettings.check` is looking at: findings about a key of it are placed there.
  package var subject: JSONNode?
  /// How many values are missing because a variable is not set, which was reported where it was found.
  private var gaps = 0
  /// What came from the environment and is not to be shown: it may be a secret in the wrong place.
  private var concealed: [(value: String, name: String)] = []

  package init(source: SourceText, folder: String) {
    self.source = source
    self.folder = folder
  }

  /// Where secrets are written into the file: the byte offsets of those strings.
  private(set) var secrets: [Int] = []

  /// What was read and is not to be shown: it is searched for in what programs and servers say.
  package private(set) var sealed: [Secret] = []

  /// Remembers what is not to be shown.
  package mutating func seal(_ secrets: [Secret]) { sealed += secrets.filter { !$0.isEmpty } }

  /// Remembers the values of the variables in a text, where they are long enough to be recognised.
  package mutating func seal(variablesOf node: JSONNode) { seal(node.sealedValues) }

  /// The files that were named so far.
  package private(set) var files: [FileUse] = []

  /// Remembers that the value at this place names a file.
  package mutating func note(_ file: String, as role: FileUse.Role, at offset: Int) {
    files.append(FileUse(path: path, file: file, role: role, offset: offset))
  }

  /// How many of the findings are errors.
  public private(set) var errorCount = 0

  /// How much could not be read: what depends on it need not be reported as well.
  package var troubleCount: Int { errorCount + gaps }

  /// Passes a value over that an unset variable left empty.
  package mutating func skip() { gaps += 1 }

  /// Adds an error at a place in the file.
  ///
  /// - Parameters:
  ///   - message: what is wrong.
  ///   - offset: the place; a byte offset in the file.
  ///   - remedy: what to write instead, as a whole sentence; may be empty.
  public mutating func error(_ message: String, at offset: Int, remedy: String = "") {
    add(.error, message, at: offset, remedy: remedy)
  }

  /// Adds a warning at a place in the file: the file can be used, but probably does not say what was meant.
  public mutating func warning(_ message: String, at offset: Int, remedy: String = "") {
    add(.warning, message, at: offset, remedy: remedy)
  }

  /// Adds an error about a key of the settings that are being checked, for the rules in `ChannelSettings.check`.
  public mutating func error(_ message: String, key: String, remedy: String = "") {
    within(key) { $0.add(.error, message, at: $0.subject.offset(of: key), remedy: remedy) }
  }

  /// Adds a warning about a key of the settings that are being checked.
  public mutating func warning(_ message: String, key: String, remedy: String = "") {
    within(key) { $0.add(.warning, message, at: $0.subject.offset(of: key), remedy: remedy) }
  }

  /// Runs `body` one step further down: findings in it name `step` in their path.
  public mutating func within<Result>(_ step: String, _ body: (inout Report) -> Result) -> Result {
    path.append(step)
    defer { path.removeLast() }
    return body(&self)
  }

  /// Runs `body` and keeps its findings only when it found no error.
  ///
  /// - Returns: whether it was kept.
  package mutating func attempt(_ body: (inout Report) -> Void) -> Bool {
    var trial = self
    body(&trial)
    guard trial.errorCount == errorCount else { return false }
    self = trial
    return true
  }

  /// Remembers that the string at this place is a secret, or holds one.
  mutating func noteSecret(at offset: Int) { secrets.append(offset) }

  /// From now on findings name the variable instead of showing its value.
  package mutating func conceal(_ values: [(value: String, name: String)]) {
    // A shorter one is no secret, and may stand in any word.
    concealed = values.filter { $0.value.utf8.count >= 6 }.sorted { $0.value.utf8.count > $1.value.utf8.count }
  }

  /// A text as it may be shown: on one line, and without what acts on a terminal, whatever names and words of the file it holds.
  private func shown(_ text: String) -> String {
    let discreet = concealed.reduce(text) { $0.replacing($1.value, with: "${\($1.name)}") }
    return discreet.cleaned(.oneLine)?.text ?? discreet
  }

  private mutating func add(_ level: Finding.Level, _ message: String, at offset: Int, remedy: String) {
    if level == .error { errorCount += 1 }
    let place = source.place(of: offset)
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

  /// `channels.oncall.token`, `routes[2].match`: steps that are indices stand in brackets already.
  private static func spell(_ path: [String]) -> String {
    path.reduce(into: "") { text, step in
      if !text.isEmpty && !step.hasPrefix("[") { text += "." }
      text += step
    }
  }
}

extension JSONNode? {
  /// Where the value of a key stands; the object itself where it has no such key.
  fileprivate func offset(of key: String) -> Int { self?[key]?.offset ?? self?.offset ?? 0 }
}

/// One thing that is wrong in a file: where, what, and what to do about it.
public struct Finding: Sendable, Hashable {
  /// Whether the file can be used in spite of it.
  public enum Level: String, Sendable, Hashable {
    case error
    case warning
  }

  /// How grave it is.
  public var level: Level
  /// What the file is called.
  public var file: String
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in characters.
  public var column: Int
  /// Such as `channels.oncall.token`.
  public var path: String
  /// What is wrong.
  public var message: String
  /// What to do about it, as a whole sentence; may be empty.
  public var remedy: String

  /// `channels.json:12:5: error: channels.oncall.token: …` and the remedy, on one line as a compiler prints it.
  package var text: String {
    let subject = path.isEmpty ? "" : "\(path): "
    return "\(file):\(line):\(column): \(level.rawValue): \(subject)\(message)" + (remedy.isEmpty ? "" : " \(remedy)")
  }
}
