// SPDX-License-Identifier: Apache-2.0

/// A value outside `channels.json` that a string in it refers to, such as `${NAME}` or `${file:/run/secrets/slack}`.
package enum Reference: Sendable, Hashable, CustomStringConvertible {
  /// An environment variable.
  case variable(String)
  /// A file: an absolute path, or one relative to the folder of `channels.json`.
  case file(String)
  /// A file in the folder that systemd makes for a service's credentials.
  case credential(String)

  /// A secret is short; a larger file is something else.
  package static let maximumBytes = 65_536
  /// The variable that names systemd's folder.
  package static let credentialsFolder = "CREDENTIALS_DIRECTORY"

  /// The text between `${` and `}`, without a default.
  package var description: String {
    switch self {
    case .variable(let name): name
    case .file(let path): "file:\(path)"
    case .credential(let name): "credential:\(name)"
    }
  }

  /// What a message calls it: “the variable TOKEN”.
  package var noun: String {
    switch self {
    case .variable(let name): "the variable \(name)"
    case .file(let path): "the file \(path)"
    case .credential(let name): "the credential \(name)"
    }
  }

  /// What to do if there is nothing that it refers to.
  var remedy: String {
    switch self {
    case .variable: "Set it in the environment, or write ${\(self):-default}."
    case .file: "Write the value to it, or write ${\(self):-default}."
    case .credential(let name):
      "Pass it to the service with systemd's LoadCredential=\(name):PATH, or write ${\(self):-default}."
    }
  }

  /// Reads the text between `${` and `}`: a reference, and its default after `:-`; nil if it is malformed.
  package static func read(_ text: Substring) -> (reference: Reference, fallback: String?)? {
    let mark = text.firstRange(of: ":-")
    let name = text[..<(mark?.lowerBound ?? text.endIndex)]
    guard let reference = Reference(name) else { return nil }
    return (reference, mark.map { String(text[$0.upperBound...]) })
  }

  private init?(_ text: Substring) {
    if text.utf8.starts(with: "file:".utf8) {
      let path = text.dropFirst("file:".count)
      guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
      self = .file(String(path))
    } else if text.utf8.starts(with: "credential:".utf8) {
      let name = text.dropFirst("credential:".count)
      guard Reference.isCredentialName(name) else { return nil }
      self = .credential(String(name))
    } else {
      guard Reference.isVariableName(text) else { return nil }
      self = .variable(String(text))
    }
  }

  private static func isVariableName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return name.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
  }

  /// A name is one step of a path: it cannot lead out of the folder.
  private static func isCredentialName(_ name: Substring) -> Bool {
    guard !name.isEmpty, name != ".", name != ".." else { return false }
    return name.utf8.allSatisfy { isLetterOrDigit($0) || "_-.@".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// Finds the values of references, and reads each file once.
struct ReferenceValues {
  private let environment: [String: String]
  private let files: ReferencedFiles
  private let folder: String
  private var known: [Reference: Result<String, Missing>] = [:]
  /// The absolute paths of the files that were read, also of those that could not be.
  private(set) var paths: Set<String> = []

  /// Why a reference has no value.
  struct Missing: Error {
    /// A sentence.
    var text: String
    /// Whether a default may stand for it: there is nothing, instead of something that cannot be used.
    var isAbsent = true
    /// What to do about it.
    var remedy: String

    static func absent(_ text: String, _ reference: Reference) -> Missing {
      Missing(text: text, remedy: reference.remedy)
    }
    static func unfit(_ text: String, _ remedy: String) -> Missing {
      Missing(text: text, isAbsent: false, remedy: remedy)
    }
  }

  init(environment: [String: String], files: ReferencedFiles, folder: String) {
    self.environment = environment
    self.files = files
    self.folder = folder
  }

  /// The value, without final line breaks.
  mutating func value(of reference: Reference) -> Result<String, Missing> {
    if let value = known[reference] { return value }
    let value = find(reference)
    known[reference] = value
    return value
  }

  private mutating func find(_ reference: Reference) -> Result<String, Missing> {
    switch reference {
    case .variable(let name):
      environment[name].map { .success($0) } ?? .failure(.absent("\(reference.noun) is not set.", reference))
    case .file(let path):
      read(path.utf8.first == UInt8(ascii: "/") ? path : "\(folder)/\(path)", for: reference)
    case .credential(let name):
      if let folder = environment[Reference.credentialsFolder], !folder.isEmpty {
        read("\(folder)/\(name)", for: reference)
      } else {
        .failure(.absent("\(reference.noun) is not set: $\(Reference.credentialsFolder) names no folder.", reference))
      }
    }
  }

  private mutating func read(_ path: String, for reference: Reference) -> Result<String, Missing> {
    paths.insert(path)
    switch files.read(path) {
    case .failure(let problem) where problem.isMissing: return .failure(.absent("\(problem.text).", reference))
    case .failure(let problem): return .failure(.unfit("\(problem.text).", "Let Belfry read it."))
    case .success(let bytes):
      guard bytes.count <= Reference.maximumBytes else {
        let limit = "\(path) is larger than the \(Reference.maximumBytes) bytes allowed here."
        return .failure(.unfit(limit, "Name a file that contains only the value."))
      }
      guard let text = String(validating: bytes, as: UTF8.self)?.withoutFinalLineBreaks else {
        return .failure(.unfit("\(path) is not UTF-8 text.", "Name a file that contains only the value."))
      }
      return text.isEmpty ? .failure(.absent("\(path) is empty.", reference)) : .success(text)
    }
  }
}
