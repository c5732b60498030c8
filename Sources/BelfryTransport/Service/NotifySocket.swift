// SPDX-License-Identifier: Apache-2.0
// glibc's header with the socket types belongs to no Swift module. Swift assigns it to the first of our modules that
// includes it, which is CCurl in an optimised build.
internal import CCurl

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The socket for reporting the service's state to a service manager: systemd's `sd_notify(3)`.
///
/// The protocol is one datagram of `NAME=value` lines; no library is needed for it.
package struct NotifySocket: Sendable {
  private let path: String
  /// How long the service manager waits for a sign of life before it restarts the service; nil if it does not watch.
  package let watchdog: Duration?

  /// Reads the environment of a process; nil if no service manager listens.
  ///
  /// `WATCHDOG_PID` names the intended process, so that a child that inherited the variables stays silent.
  package init?(environment: [String: String], process: Int32 = getpid()) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
      (2..<NotifySocket.room).contains(path.utf8.count)
    else { return nil }
    self.path = path
    let isMeant = environment["WATCHDOG_PID"].map { Int32($0) == process } ?? true
    let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdog = isMeant && limit > 0 ? .microseconds(limit) : nil
  }

  /// The longest path in bytes, with its terminating zero (unix(7)).
  private static let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

  /// Sends states, such as `READY=1`.
  ///
  /// - Returns: the reason why sending failed; nil on success.
  package func say(_ states: [String]) -> String? {
    do {
      try send(Array(states.joined(separator: "\n").utf8))
      return nil
    } catch {
      return "\(path): \(error.text)"
    }
  }

  private func send(_ message: [UInt8]) throws(SystemError) {
    #if canImport(Darwin)
    let (kind, flags) = (SOCK_DGRAM, CInt(0))
    #else
    let (kind, flags) = (CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), CInt(MSG_NOSIGNAL))
    #endif
    let socket = Descriptor(number: try SystemError.check { system_socket(kind) })
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: path.utf8)
      // An abstract name begins with a zero byte, written as @, and has no terminating zero.
      if path.hasPrefix("@") { room[0] = 0 }
    }
    let header = MemoryLayout<sockaddr_un>.size - NotifySocket.room
    let length = socklen_t(header + path.utf8.count + (path.hasPrefix("@") ? 0 : 1))
    _ = try SystemError.check {
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          sendto(socket.number, message, message.count, flags, pointer, length)
        }
      }
    }
  }
}

private func system_socket(_ kind: CInt) -> CInt { socket(AF_UNIX, kind, 0) }
