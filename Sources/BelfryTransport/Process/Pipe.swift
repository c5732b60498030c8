// SPDX-License-Identifier: Apache-2.0
internal import CSpawn

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Both ends of a pipe; started programs inherit neither by default.
struct Pipe: ~Copyable {
  let reading: Descriptor
  let writing: Descriptor

  init() throws(SystemError) {
    var ends: [CInt] = [-1, -1]
    _ = try SystemError.check { cspawn_pipe(&ends) }
    reading = Descriptor(number: ends[0])
    writing = Descriptor(number: ends[1])
  }
}

extension Descriptor {
  /// Makes calls on this end fail instead of waiting.
  ///
  /// Use it only for our end: the flag belongs to the open end, and the program has the other one.
  func makeNonblocking() {
    let flags = fcntl(number, F_GETFL)
    if flags >= 0 { _ = fcntl(number, F_SETFL, flags | O_NONBLOCK) }
  }
}
