// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("The address policy")
struct AddressPolicyTests {
  @Test(
    "refuses addresses that are not public, in every notation",
    arguments: [
      "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8", "169.254.169.254",
      "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
      "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
      "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::10.0.0.1", "::ffff:0:10.0.0.1",
      "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "2002:a00:1::", "2002:7f00:1::1",
      "2001::1", "2001:db8::1", "3fff::1", "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
    ]
  )
  func refused(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(!AddressPolicy().permits(address, of: "example.com"))
  }

  @Test(
    "permits the public internet",
    arguments: [
      "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
      "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
      "64:ff9b::808:808", "2002:808:808::1",
    ]
  )
  func permitted(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressPolicy().permits(address, of: "example.com"))
  }

  @Test("permits a listed host, address or network, also when embedded in an IPv6 address")
  func named() throws {
    let policy = AddressPolicy(
      allowing: ["Hooks.Internal.", "10.1.2.3", "192.168.0.0/16", "fd00::/8"].compactMap { AddressPattern($0) }
    )
    #expect(policy.allowed.count == 4)
    func permits(_ text: String, _ host: String = "example.com") throws -> Bool {
      policy.permits(try #require(IPAddress(text)), of: host)
    }
    #expect(try permits("127.0.0.1", "hooks.internal") && permits("127.0.0.1", "HOOKS.internal."))
    #expect(try !permits("127.0.0.1", "other.internal") && !permits("127.0.0.1", "x.hooks.internal"))
    #expect(try permits("10.1.2.3") && !permits("10.1.2.4"))
    #expect(try permits("192.168.255.255") && !permits("192.169.0.0") == false)
    #expect(try permits("::ffff:10.1.2.3") && !permits("::ffff:10.1.2.4"))
    #expect(try permits("fd12::1") && !permits("fe80::1"))
  }

  @Test(
    "never permits a denied address, whatever lists it and in every notation",
    arguments: [
      ("127.0.0.1", "127.0.0.0/8"), ("::ffff:127.0.0.1", "127.0.0.0/8"), ("64:ff9b::7f00:1", "127.0.0.0/8"),
      ("2002:7f00:1::1", "127.0.0.0/8"), ("0.0.0.0", "127.0.0.0/8"), ("::", "127.0.0.1"), ("::", "::1"),
      ("0.0.0.0", "::1"), ("8.8.8.8", "8.0.0.0/8"), ("8.8.8.8", "Example.com."), ("fe80::1", "fe80::/10"),
    ]
  )
  func denied(text: String, pattern: String) throws {
    let denied = [try #require(AddressPattern(pattern))]
    let all = ["0.0.0.0/0", "::/0", "example.com"].compactMap { AddressPattern($0) }
    for reach in [AddressPolicy.Reach.anywhere, .publicInternet, .nowhere] {
      let policy = AddressPolicy(allowing: all, denying: denied, otherwise: reach)
      #expect(policy.refusal(of: try #require(IPAddress(text)), for: "example.com") == .denied)
      #expect(policy.permits(try #require(IPAddress("9.9.9.9")), of: "www.example.com"))
    }
  }

  @Test(
    "takes an IPv4-mapped address for the IPv4 address that it stands for, in a list and in a connection",
    arguments: [
      ("10.0.0.1", "::ffff:10.0.0.1", true), ("::ffff:10.0.0.1", "10.0.0.1", true),
      ("::ffff:a00:1", "10.0.0.1", true), ("::ffff:10.0.0.1", "::ffff:10.0.0.1", true),
      ("10.9.8.7", "::ffff:10.0.0.0/104", true), ("::ffff:10.9.8.7", "10.0.0.0/8", true),
      ("8.8.8.8", "::ffff:0:0/96", true), ("10.0.0.2", "::ffff:10.0.0.1", false),
      ("11.0.0.1", "::ffff:10.0.0.0/104", false), ("10.0.0.1", "::/0", false), ("10.0.0.1", "::ffff:0:0/95", false),
    ]
  )
  func mapped(address: String, pattern: String, isNamed: Bool) throws {
    let (address, named) = (try #require(IPAddress(address)), [try #require(AddressPattern(pattern))])
    let denying = AddressPolicy(denying: named, otherwise: .anywhere)
    #expect(denying.permits(address, of: "example.com") == !isNamed)
    let allowing = AddressPolicy(allowing: named, otherwise: .nowhere)
    #expect(allowing.permits(address, of: "example.com") == isNamed)
  }

  @Test("permits anything or nothing besides the listed addresses, as configured")
  func reach() throws {
    let allowed = [try #require(AddressPattern("10.0.0.0/8"))]
    for (text, isAllowed) in [("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("127.0.0.1", false), ("8.8.8.8", false)] {
      let address = try #require(IPAddress(text))
      #expect(AddressPolicy(otherwise: .anywhere).permits(address, of: "a.example"))
      #expect(AddressPolicy(allowing: allowed, otherwise: .nowhere).permits(address, of: "a.example") == isAllowed)
    }
  }

  @Test(
    "reads each address in only one way",
    arguments: [
      "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x7f.0.0.1", "1.2.3.-4", "1.2.3.+4", " 1.2.3.4",
      "::1%lo",
      ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::g", "1.2.3.4::", "::1.2.3", ":1::2",
      "[::1]",
    ]
  )
  func unreadable(text: String) { #expect(IPAddress(text) == nil) }

  @Test("reads every notation of RFC 4291")
  func spellings() throws {
    let whole = try #require(IPAddress("2001:db8:0:0:8:800:200c:417a"))
    #expect(IPAddress("2001:DB8::8:800:200C:417A") == whole)
    #expect(IPAddress("::") == IPAddress("0:0:0:0:0:0:0:0"))
    #expect(IPAddress("::ffff:1.2.3.4") == IPAddress("::ffff:102:304"))
    #expect(IPAddress("1:2:3:4:5:6:1.2.3.4") == IPAddress("1:2:3:4:5:6:102:304"))
  }

  @Test(
    "rejects invalid patterns",
    arguments: [
      "", "10.0.0.0/33", "10.0.0.0/", "fd00::/129", "a/b", "a b", "::1%lo", "10.0.0.256", "10.1", "0x7f000001",
    ]
  )
  func exceptions(text: String) { #expect(AddressPattern(text) == nil) }
}
