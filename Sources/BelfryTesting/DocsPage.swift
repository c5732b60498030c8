// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A page of the documentation, with the examples that tests run.
package struct DocsPage: Sendable, CustomStringConvertible {
  /// The text between two fences.
  package struct Example: Sendable {
    /// The text after the opening fence: the language and the kind of example.
    package var form: String
    package var text: String
    /// The line of the opening fence, counted from 1.
    package var line: Int
  }

  /// Its path from the root of the package.
  package let path: String
  package private(set) var examples: [Example] = []
  /// All text formatted as code.
  package private(set) var code: [String] = []

  package var description: String { path }

  /// The root of the package.
  package static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  /// Every page.
  package static let all: [DocsPage] = {
    let folder = FileManager.default.enumerator(atPath: root.appending(path: "docs").path)
    let docs = (folder?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".md") }.sorted()
    return (["README.md", "CONTRIBUTING.md"] + docs.map { "docs/\($0)" }).map(DocsPage.init)
  }()

  private init(path: String) {
    self.path = path
    let text = FileManager.default.contents(atPath: DocsPage.root.appending(path: path).path) ?? Data()
    var open: Example?
    for (index, line) in String(decoding: text, as: UTF8.self).components(separatedBy: "\n").enumerated() {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if let example = open {
        guard trimmed != "```" else {
          examples.append(example)
          open = nil
          continue
        }
        open?.text += line + "\n"
      } else if trimmed.hasPrefix("```") {
        open = Example(form: String(trimmed.dropFirst(3)), text: "", line: index + 1)
      } else {
        // Every second piece is between two backticks.
        let pieces = line.components(separatedBy: "`")
        code += stride(from: 1, to: pieces.count, by: 2).map { pieces[$0] }
      }
    }
    if let open { examples.append(Example(form: "not closed", text: open.text, line: open.line)) }
  }
}

extension DocsPage {
  /// The commands of a shell example, split into words: separated by line ends and `&&`, without comments; double
  /// quotes keep blanks.
  package static func commands(in text: String) -> [[String]] {
    text.split(separator: "\n").flatMap { line in
      (line.components(separatedBy: " #").first ?? "").components(separatedBy: "&&").map(words)
    }
  }

  private static func words(_ command: String) -> [String] {
    command.components(separatedBy: "\"").enumerated().flatMap { index, piece in
      index.isMultiple(of: 2) ? piece.split(separator: " ").map(String.init) : [piece]
    }
  }
}
