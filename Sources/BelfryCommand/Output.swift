// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation

/// Where commands print: a line at a time, unbuffered, so that a pipe has it at once.
enum Output {
  /// Prints an answer.
  ///
  /// Who reads it may have gone: then there is nobody left to answer, and the program ends.
  static func line(_ text: String) {
    if !write(text, to: STDOUT_FILENO), errno == EPIPE { exit(ExitStatus.badNews.rawValue) }
  }

  /// Prints what is of use but not needed: a notifier goes on when nobody reads its lines.
  static func log(_ text: String) { _ = write(text, to: STDOUT_FILENO) }

  /// Whether somebody looks at what is printed.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Prints on standard error.
  static func error(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var line = text
    line.append("\n")
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
