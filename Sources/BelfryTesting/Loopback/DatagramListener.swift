// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A local datagram socket for tests that receives what would be sent to a service manager.
public final class DatagramListener: Sendable {
  private let number: CInt

  /// Starts to listen.
  ///
  /// - Parameter path: An absolute path, or an abstract name that begins with `@` (unix(7)).
  /// - Throws: `POSIXError` if the system cannot create the socket.
  public init(_ path: String) throws {
    #if canImport(Darwin)
    number = socket(AF_UNIX, SOCK_DGRAM, 0)
    #else
    number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: path.utf8)
      if path.hasPrefix("@") { room[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count + (path.hasPrefix("@") ? 0 : 1))
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
    }
    guard number >= 0, bound == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  deinit { close(number) }

  /// Receives the next text.
  ///
  /// - Throws: `POSIXError` with `EAGAIN` if nothing arrives within the limit, in whole seconds.
  public func receive(within limit: Int = 600) throws -> String {
    var patience = timeval(tv_sec: limit, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(number, &buffer, buffer.count, 0)
    guard count >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
