// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The end of what a program prints: it is read as it comes, and all but the last bytes is forgotten.
struct OutputTail {
  private(set) var isOpen = true
  private let limit: Int
  private var kept: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  var bytes: [UInt8] { Array(kept.suffix(limit)) }

  /// Reads what is there now, but no more than a bounded amount: a flood must not keep us from the clock.
  mutating func read(from descriptor: borrowing Descriptor) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    for _ in 0..<16 where isOpen {
      let count = system_read(descriptor.number, &buffer, buffer.count)
      guard count > 0 else {
        // Nothing for now, or nothing ever again.
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
