// SPDX-License-Identifier: Apache-2.0
internal import BelfryTransport
internal import Foundation
internal import Synchronization

/// A pipe that is full from the start and that nobody reads until the test does.
public final class StuckPipe: Sendable {
  private let reading: Int32
  /// The end to write to.
  public let writing: Int32
  private let isOpen = Mutex((reading: true, writing: true))

  /// Opens both ends and fills the pipe with empty lines, which do not count as lines.
  public init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE) }
    (reading, writing) = (ends[0], ends[1])
    let flags = fcntl(writing, F_GETFL)
    _ = fcntl(writing, F_SETFL, flags | O_NONBLOCK)
    let breaks = [UInt8](repeating: UInt8(ascii: "\n"), count: 512)
    while write(writing, breaks, breaks.count) > 0 {}
    _ = fcntl(writing, F_SETFL, flags)
  }

  deinit {
    end()
    endReading()
  }

  /// Closes the writing end.
  public func end() {
    let wasOpen = isOpen.withLock { state in
      defer { state.writing = false }
      return state.writing
    }
    if wasOpen { close(writing) }
  }

  /// Closes the reading end.
  public func endReading() {
    let wasOpen = isOpen.withLock { state in
      defer { state.reading = false }
      return state.reading
    }
    if wasOpen { close(reading) }
  }

  /// Reads to the end, on its own thread.
  ///
  /// - Returns: the lines.
  public func drained() async -> [String] {
    await onOwnThread(named: "test-drain") { [reading] in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(reading, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        bytes += buffer[..<count]
      }
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }
}
