// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Asks the policy of one exchange about each address that libcurl is about to connect to.
///
/// It lives on its loop's thread, as long as the exchange that it guards.
final class AddressGate {
  private let policy: AddressPolicy
  private let host: String
  /// The first address that was refused, and why.
  private var refused: (address: IPAddress, refusal: AddressPolicy.Refusal)?
  /// Whether one was permitted: that it did not answer is then the reason of a failure.
  private(set) var hasPermitted = false

  init(policy: AddressPolicy, host: String) {
    self.policy = policy
    self.host = host
  }

  /// The failure of an exchange that found every door closed; nil when there was another reason.
  var failure: TransportFailure? {
    guard !hasPermitted, let (address, refusal) = refused else { return nil }
    let reason =
      switch (refusal, policy.otherwise) {
      case (.denied, _): "which `deny_addresses` names"
      case (.notAllowed, .publicInternet):
        "which is not of the public internet; name the host or the network in `allow_addresses`"
      case (.notAllowed, _): "which `allow_addresses` does not name"
      }
    return TransportFailure(.addressRefused, "\(host) leads to \(address), \(reason)")
  }

  func permits(_ address: IPAddress?) -> Bool {
    // A socket of an unknown family can only be refused.
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
  /// The address in what libcurl asks a socket for; nil for another family.
  init?(_ address: UnsafeMutablePointer<curl_sockaddr>) {
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    // The field is declared as the smallest of its kind; libcurl gives it the room that `addrlen` says.
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
