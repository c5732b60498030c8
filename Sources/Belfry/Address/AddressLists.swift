// SPDX-License-Identifier: Apache-2.0

/// `allow_addresses` and `deny_addresses`, the keys of every kind that connects to an address in `channels.json`.
public struct AddressLists: Sendable, Hashable {
  /// The addresses that may be connected to.
  public var allowed: [AddressPattern] = []
  /// The addresses that are never connected to.
  public var denied: [AddressPattern] = []

  /// Creates empty lists.
  public init() {}

  /// The policy of a kind that by default connects to any address; nil without lists.
  ///
  /// With `allow_addresses`, only the addresses it names are permitted.
  public var policy: AddressPolicy? {
    guard !allowed.isEmpty || !denied.isEmpty else { return nil }
    return AddressPolicy(allowing: allowed, denying: denied, otherwise: allowed.isEmpty ? .anywhere : .nowhere)
  }

  /// The policy of a kind that connects only to the public internet and to addresses in `allow_addresses`.
  public var policyBesidesPublicInternet: AddressPolicy { AddressPolicy(allowing: allowed, denying: denied) }

  /// Reports lists that contradict each other, and a host that they never permit.
  ///
  /// `policy` is the policy that the lists make, `host` is the host in the value of `key` (empty for none), and `node`
  /// is the object that contains these keys.
  public func check(
    _ policy: AddressPolicy?,
    reaching host: String,
    of key: String,
    in node: JSONNode?,
    _ report: inout Report
  ) {
    guard let policy, let node else { return }
    let outer = report.subject
    report.subject = node
    defer { report.subject = outer }
    for pattern in allowed {
      guard let denial = denied.first(where: { $0.covers(pattern) }) else { continue }
      report.error(
        "\(pattern.shown) is blocked: `deny_addresses` contains \(denial.shown).",
        key: "allow_addresses",
        remedy: "Remove it from one of the two."
      )
    }
    guard !host.isEmpty else { return }
    switch (policy.refusal(ofHost: host), policy.otherwise) {
    case (nil, _): break
    case (.denied, _):
      report.error("`deny_addresses` contains this host.", key: key, remedy: "Change one of the two.")
    case (.notAllowed, .publicInternet):
      report.error(
        "\(host) is not a public internet address.",
        key: key,
        remedy: "If that is intended, add it to `allow_addresses`."
      )
    case (.notAllowed, _):
      report.error("`allow_addresses` does not contain this host.", key: key, remedy: "Add it there.")
    }
  }

  /// Reports an empty `allow_addresses` if it would permit every address.
  package func checkEmpty(in node: JSONNode, _ report: inout Report) {
    guard let list = node["allow_addresses"], list.elements?.isEmpty == true else { return }
    report.within("allow_addresses") {
      $0.error("the list is empty.", at: list.offset, remedy: "Add at least one, or remove the key to allow all.")
    }
  }
}

/// Settings with an address in `channels.json` to connect to, and the keys that restrict it.
public protocol AddressRestricting: Sendable {
  /// The lists in `allow_addresses` and `deny_addresses`.
  var addresses: AddressLists { get set }
}

extension AddressRestricting {
  /// Reports lists that are empty, or that contradict each other or the host of `key`; `node` is the object with these keys,
  /// such as `report.subject`.
  public func checkAddresses(reaching host: String, of key: String, in node: JSONNode?, _ report: inout Report) {
    guard let node else { return }
    addresses.checkEmpty(in: node, &report)
    addresses.check(addresses.policy, reaching: host, of: key, in: node, &report)
  }
}

extension Field where Root: AddressRestricting {
  /// The keys `allow_addresses` and `deny_addresses`.
  public static var addressFields: [Field] {
    [
      .optional(
        "allow_addresses",
        \.addresses.allowed,
        "The only hosts, addresses and networks to connect to.",
        otherwise: "any",
        example: "10.0.0.0/8"
      ),
      .optional(
        "deny_addresses",
        \.addresses.denied,
        "Hosts, addresses and networks never to connect to.",
        otherwise: "none",
        example: "169.254.0.0/16"
      ),
    ]
  }
}
