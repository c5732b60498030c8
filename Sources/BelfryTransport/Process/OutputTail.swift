// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The end of a program's output.
///
/// It is read as it arrives, and only the last bytes are kept.
struct OutputTail {
  private(set) var isOpen = true
  private let limit: Int
  private var kept: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  var bytes: [UInt8] { Array(kept.suffix(limit)) }

  /// Reads what is available, but only a bounded amount, so that a flood of output does not delay the time limits.
  mutating func read(from descriptor: borrowing Descriptor) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    for _ in 0..<16 where isOpen {
      let count = system_read(descriptor.number, &buffer, buffer.count)
      guard count > 0 else {
        // Nothing to read for now, or the output has ended.
        isOpen = count < 0 && (errno == EAGAIN || errno == EINTR)
        return
      }
      kept += buffer.prefix(count)
      if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
    }
  }
}

private func system_read(_ number: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(number, bytes, count)
}
