// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import Foundation

/// The output of commands: line by line and unbuffered, so that a pipe gets each line at once.
///
/// Everything printed goes through here, and none of it can control a terminal, wherever it came from. Values cannot
/// break a line: a `PrintedText` keeps its values on one line, and `printedLines` each of its lines.
enum Output {
  /// Prints an answer.
  ///
  /// If the reader has gone, the program ends.
  static func line(_ text: PrintedText) { answer(text.text) }

  /// Prints an answer of several lines, made by `printedLines`.
  static func text(_ text: String) { answer(text.printable) }

  /// Prints an answer for a program.
  static func json(_ text: String) { answer(text.printableJSON) }

  /// Prints an answer, as JSON if requested.
  static func text(_ answer: String, isJSON: Bool) { isJSON ? json(answer) : text(answer) }

  /// Prints an answer as text, made by `printedLines`, or as the JSON that `encode` writes.
  static func answer(_ text: String, json isJSON: Bool, _ encode: (inout JSONWriter) -> Void) {
    guard isJSON else { return self.text(text) }
    var writer = JSONWriter()
    encode(&writer)
    json(writer.text)
  }

  /// Clears the terminal and its scrollback.
  static func clear() { _ = write("\u{1B}[H\u{1B}[2J\u{1B}[3J", to: STDOUT_FILENO) }

  private static func answer(_ text: String) {
    if !write(text + "\n", to: STDOUT_FILENO), errno == EPIPE { exit(ExitStatus.badNews.rawValue) }
  }

  /// Prints useful but optional output: a notifier continues when nobody reads it.
  static func log(_ text: String) { _ = write(text.printable + "\n", to: STDOUT_FILENO) }

  /// Whether standard output is a terminal.
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
