// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Sockets of clients on this machine.
package enum LoopbackSocket {
  /// Connects to a local port, and waits until that has succeeded.
  ///
  /// - Returns: the descriptor, which the caller closes.
  /// - Throws: `POSIXError` if the system cannot create a socket, or if nothing listens on the port.
  package static func connected(to port: Int) throws -> CInt {
    let descriptor = socket(AF_INET, streamKind, 0)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let error = POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED
      close(descriptor)
      throw POSIXError(error)
    }
    return descriptor
  }

  #if canImport(Darwin)
  private static let streamKind = SOCK_STREAM
  #else
  private static let streamKind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  #endif
}
