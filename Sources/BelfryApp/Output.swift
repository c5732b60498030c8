// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import Foundation

/// Where commands print: a line at a time, unbuffered, so that a pipe has it at once.
///
/// All that is printed goes through here, and nothing of it commands a terminal, wherever it came from. What stands in a line
/// stays in it: a `PrintedText` keeps its values on one line, and `printedLines` each of its lines.
enum Output {
  /// Prints an answer.
  ///
  /// Who reads it may have gone: then there is nobody left to answer, and the program ends.
  static func line(_ text: PrintedText) { answer(text.text) }

  /// Prints an answer of several lines, made by `printedLines`.
  static func text(_ text: String) { answer(text.printable) }

  /// Prints an answer for a program.
  static func json(_ text: String) { answer(text.printableJSON) }

  /// Prints an answer that is JSON if it was asked for so.
  static func text(_ answer: String, isJSON: Bool) { isJSON ? json(answer) : text(answer) }

  /// Prints an answer as text, made by `printedLines`, or as the JSON that `encode` writes.
  static func answer(_ text: String, json isJSON: Bool, _ encode: (inout JSONWriter) -> Void) {
    guard isJSON else { return self.text(text) }
    var writer = JSONWriter()
    encode(&writer)
    json(writer.text)
  }

  /// Empties the terminal and what it scrolled away.
  static func clear() { _ = write("\u{1B}[H\u{1B}[2J\u{1B}[3J", to: STDOUT_FILENO) }

  private static func answer(_ text: String) {
    if !write(text + "\n", to: STDOUT_FILENO), errno == EPIPE { exit(ExitStatus.badNews.rawValue) }
  }

  /// Prints what is of use but not needed: a notifier goes on when nobody reads its lines.
  static func log(_ text: String) { _ = write(text.printable + "\n", to: STDOUT_FILENO) }

  /// Whether somebody looks at what is printed.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Prints on standard error.
  static func error(_ text: PrintedText) { errorText(text.text) }

  /// Prints several lines on standard error, made by `printedLines`.
  static func errorText(_ text: String) { _ = write(text.printable + "\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var line = text
    return line.withUTF8 { buffer in
      var rest = UnsafeRawBufferPointer(buffer)
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      return true
    }
  }
}
