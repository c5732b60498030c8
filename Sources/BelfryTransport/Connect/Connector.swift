// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// Opens test connections through libcurl, each on a thread that may block.
///
/// It uses no proxy, because the check is about the target itself. Every connection is new. It ends at its time limit,
/// even if the task is cancelled earlier.
package struct Connector: Connecting {
  package init() {}

  package func connect(to target: ConnectTarget) async -> ConnectReply {
    await onOwnThread(named: "belfry-connect") {
      // The sockets must outlive the handle: closing it closes the connection through them.
      let sockets = OpenSockets()
      return withExtendedLifetime(sockets) { Connector.connectNow(to: target, through: sockets) }
    }
  }

  private static func connectNow(to target: ConnectTarget, through sockets: OpenSockets) -> ConnectReply {
    guard CurlLibrary.isUsable, let handle = EasyHandle() else {
      return .failed(TransportFailure(.other, "out of memory"))
    }
    handle.reset()
    let host = target.host.contains(":") ? "[\(target.host)]" : target.host
    // Sends no HTTP request: libcurl stops once it is connected.
    handle.set(CURLOPT_URL, "\(target.isSecure ? "https" : "http")://\(host):\(target.port)/")
    handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
    handle.set(CURLOPT_CONNECT_ONLY, true)
    handle.set(CURLOPT_CERTINFO, target.isSecure)
    handle.set(CURLOPT_NOPROXY, "*")
    handle.secure(certificateAuthority: target.certificateAuthority)
    handle.limit(ExchangeLimits(connect: target.limit, total: target.limit))
    let gate = target.addresses.map { AddressGate(policy: $0, host: target.host) }
    let door = sockets.attach(to: handle, through: gate)
    let result = withExtendedLifetime(door) { curl_easy_perform(handle.pointer) }
    if result == CURLE_COULDNT_CONNECT, let failure = gate?.failure { return .failed(failure) }
    guard result == CURLE_OK else {
      let progress = Progress(wasConnected: false, hasSentAll: false, place: "\(target.host) port \(target.port)")
      return .failed(TransportFailure(result, progress, detail: handle.errorText))
    }
    return .connected(certificateEnd: target.isSecure ? certificateEnd(of: handle) : nil)
  }

  /// The expiry of the server's own certificate, which comes first in the chain.
  ///
  /// The certificates of authorities are ignored: their owners renew them.
  private static func certificateEnd(of handle: EasyHandle) -> Instant? {
    var found: UnsafeMutablePointer<curl_certinfo>?
    guard ccurl_get_certificates(handle.pointer, &found) == CURLE_OK, let chain = found?.pointee,
      chain.num_of_certs > 0
    else { return nil }
    var entry = chain.certinfo?[0]
    while let line = entry?.pointee {
      if let data = line.data, let end = CertificateDate.end(in: String(cString: data)) { return end }
      entry = line.next
    }
    return nil
  }
}
