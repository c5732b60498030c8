// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A target with one channel kind: the folder `<Kind>`, its module, and the type `<Kind>Channel` that it must declare.
struct ChannelTarget {
  let module: String
  let folder: URL

  /// The type that is registered, named after the folder.
  var typeName: String { folder.lastPathComponent + "Channel" }

  /// Checks that the folder's Swift files declare `typeName`.
  ///
  /// The compiler would also report a missing type, but in a generated file that the author has never seen.
  func check() throws(Complaint) {
    switch try declaration() {
    case .visible: return
    case .hidden(let file):
      throw Complaint(
        "\(file.path): error: `\(typeName)` is not visible outside its module \(module). "
          + "Declare it as `public struct \(typeName): NotificationChannel`."
      )
    case .missing:
      throw Complaint(
        "\(folder.path): error: a channel's folder must declare the type named after it, and no Swift file here declares "
          + "`\(typeName)`. Declare `public struct \(typeName): NotificationChannel` in \(typeName).swift, or rename the "
          + "folder to match the type."
      )
    }
  }

  private enum Declaration {
    case visible
    case hidden(URL)
    case missing
  }

  private func declaration() throws(Complaint) -> Declaration {
    var found = Declaration.missing
    for file in try swiftFiles() {
      guard let text = try? String(contentsOf: file, encoding: .utf8) else {
        throw Complaint("\(file.path): error: this file is not readable as UTF-8 text. Save it as UTF-8.")
      }
      switch Self.access(of: typeName, in: text) {
      case true?: return .visible
      case false?: found = .hidden(file)
      case nil: continue
      }
    }
    return found
  }

  private func swiftFiles() throws(Complaint) -> [URL] {
    guard let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else {
      throw Complaint("\(folder.path): error: the folder of the channel target \(module) cannot be read.")
    }
    return paths.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
  }

  /// How `text` declares the type: true if visible to other modules, false if only inside its module, nil if not at
  /// all.
  static func access(of typeName: String, in text: String) -> Bool? {
    let keywords: Set<Substring> = ["struct", "class", "enum", "actor"]
    let visible: Set<Substring> = ["public", "open", "package"]
    var found: Bool?
    for line in text.split(whereSeparator: \.isNewline) {
      let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
      let words = code.split { !($0.isLetter || $0.isNumber || $0 == "_") }
      guard let keyword = words.firstIndex(where: keywords.contains),
        words.dropFirst(keyword + 1).first == typeName[...]
      else { continue }
      found = found == true || words[..<keyword].contains(where: visible.contains)
    }
    return found
  }
}

/// The reason why the registry cannot be written, in the form of a compiler error so that editors show it.
struct Complaint: Error, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
