// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Checks each address that libcurl is about to connect to against the policy of one exchange.
///
/// It stays on its loop's thread and lives as long as its exchange.
final class AddressGate {
  private let policy: AddressPolicy
  private let host: String
  /// The first refused address, and the reason.
  private var refused: (address: IPAddress, refusal: AddressPolicy.Refusal)?
  /// Whether an address was permitted.
  ///
  /// A failure then means that it did not answer.
  private(set) var hasPermitted = false

  init(policy: AddressPolicy, host: String) {
    self.policy = policy
    self.host = host
  }

  /// The failure of an exchange for which every address was refused; nil if it failed for another reason.
  var failure: TransportFailure? {
    guard !hasPermitted, let (address, refusal) = refused else { return nil }
    let reason =
      switch (refusal, policy.otherwise) {
      case (.denied, _): "which `deny_addresses` contains"
      case (.notAllowed, .publicInternet):
        "which is not a public internet address; add the host or network to `allow_addresses`"
      case (.notAllowed, _): "which `allow_addresses` does not contain"
      }
    return TransportFailure(.addressRefused, "\(host) resolves to \(address), \(reason)")
  }

  func permits(_ address: IPAddress?) -> Bool {
    // An unknown address family is always refused.
    guard let address else { return false }
    if let refusal = policy.refusal(of: address, for: host) {
      refused = refused ?? (address, refusal)
      return false
    }
    hasPermitted = true
    return true
  }
}

extension IPAddress {
  /// The address that libcurl wants to open a socket for; nil for families other than IPv4 and IPv6.
  init?(_ address: UnsafeMutablePointer<curl_sockaddr>) {
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    // The field is declared as a plain `sockaddr`, but libcurl reserves `addrlen` bytes for it.
    let place = UnsafeRawPointer(address) + offset
    let size = Int(address.pointee.addrlen)
    switch address.pointee.family {
    case AF_INET where size >= MemoryLayout<sockaddr_in>.size:
      let parsed = place.loadUnaligned(as: sockaddr_in.self)
      self.init(bytes: withUnsafeBytes(of: parsed.sin_addr) { Array($0) })
    case AF_INET6 where size >= MemoryLayout<sockaddr_in6>.size:
      let parsed = place.loadUnaligned(as: sockaddr_in6.self)
      self.init(bytes: withUnsafeBytes(of: parsed.sin6_addr) { Array($0) })
    default: return nil
    }
  }
}
