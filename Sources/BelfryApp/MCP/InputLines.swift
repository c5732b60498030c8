// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Standard input, line by line, limited in line length.
struct InputLines {
  enum Line: Sendable, Hashable {
    case text([UInt8])
    /// The line was skipped.
    case tooLong
  }

  private let limit: Int
  private let source: @Sendable () -> [UInt8]
  /// A separate queue, because reading blocks.
  private let queue = DispatchQueue(label: "belfry.input")
  private var buffer: [UInt8] = []
  /// The length of the start of `buffer` that is known to contain no line break.
  private var searched = 0
  private var isAtEnd = false

  /// Splits the output of `source`, which ends with an empty piece.
  init(limit: Int, source: @escaping @Sendable () -> [UInt8] = { InputLines.readInput() }) {
    self.limit = limit
    self.source = source
  }

  /// The next non-empty line; nil at the end.
  mutating func next() async -> Line? {
    var isTooLong = false
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        searched = 0
        if isTooLong || line.count > limit { return .tooLong }
        if line.contains(where: { $0 > 0x20 }) { return .text(line) }
        continue
      }
      if buffer.count > limit {
        isTooLong = true
        buffer.removeAll()
      }
      searched = buffer.count
      if isAtEnd {
        defer { buffer.removeAll() }
        searched = 0
        if isTooLong { return .tooLong }
        return buffer.contains { $0 > 0x20 } ? .text(buffer) : nil
      }
      let piece = await read()
      isAtEnd = piece.isEmpty
      buffer += piece
    }
  }

  private func read() async -> [UInt8] {
    await withCheckedContinuation { continuation in
      queue.async { [source] in continuation.resume(returning: source()) }
    }
  }

  private static func readInput() -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(STDIN_FILENO, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      return Array(piece.prefix(max(0, count)))
    }
  }
}
