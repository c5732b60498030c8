// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The sockets of one multi handle, opened and closed for libcurl on the loop's thread.
///
/// Opening them here keeps programs that Belfry starts from inheriting them. Tracking them ensures that closing never
/// waits for the peer.
final class OpenSockets {
  /// The context for opening a socket: these sockets, and the gate of the exchange that asked.
  final class SocketContext {
    let sockets: OpenSockets
    let gate: AddressGate?

    init(_ sockets: OpenSockets, gate: AddressGate?) {
      self.sockets = sockets
      self.gate = gate
    }
  }

  private var descriptors: Set<CInt> = []

  /// Makes libcurl open and close the handle's sockets through this object, which must outlive every connection.
  ///
  /// - Returns: a value that must live as long as the handle carries this exchange. A kept connection outlives it and
  ///   is closed through the sockets alone.
  func attach(to handle: EasyHandle, through gate: AddressGate?) -> SocketContext {
    let door = SocketContext(self, gate: gate)
    let opening = Unmanaged.passUnretained(door).toOpaque()
    let closing = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_socket_callbacks(handle.pointer, openSocket, closeSocket, opening, closing)
    return door
  }

  /// Ends every current and future wait for data from the peer; sending still works.
  ///
  /// When libcurl closes, it sends QUIT to each mail server and would wait up to two minutes for the answer.
  func stopReceiving() {
    for descriptor in descriptors { shutdown(descriptor, CInt(SHUT_RD)) }
  }

  fileprivate func open(_ address: curl_sockaddr) -> CInt {
    #if canImport(Darwin)
    let descriptor = socket(address.family, address.socktype, address.protocol)
    if descriptor >= 0 { setDescriptorFlag(descriptor) }
    #else
    let descriptor = socket(address.family, address.socktype | CInt(SOCK_CLOEXEC.rawValue), address.protocol)
    #endif
    if descriptor >= 0 { descriptors.insert(descriptor) }
    return descriptor
  }

  fileprivate func close(_ descriptor: CInt) -> CInt {
    descriptors.remove(descriptor)
    return system_close(descriptor)
  }
}

private func system_close(_ descriptor: CInt) -> CInt { close(descriptor) }

#if canImport(Darwin)
private func setDescriptorFlag(_ descriptor: CInt) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
#endif

private let openSocket: curl_opensocket_callback = { context, _, address in
  guard let context, let address else { return CURL_SOCKET_BAD }
  let door = Unmanaged<OpenSockets.SocketContext>.fromOpaque(context).takeUnretainedValue()
  guard let gate = door.gate else { return door.sockets.open(address.pointee) }
  return gate.permits(IPAddress(address)) ? door.sockets.open(address.pointee) : CURL_SOCKET_BAD
}

private let closeSocket: curl_closesocket_callback = { context, descriptor in
  guard let context else { return system_close(descriptor) }
  return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().close(descriptor)
}
