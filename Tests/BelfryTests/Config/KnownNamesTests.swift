// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Known names")
struct KnownNamesTests {
  private static let many = KnownNames((0..<10_000).map { "channel-\($0)" } + ["oncall", "mail-europe"])

  @Test(
    "suggest the closest one of many",
    arguments: [
      ("oncal", "oncall"), ("omcall", "oncall"), ("nail-europe", "mail-europe"), ("mail-europa", "mail-europe"),
    ]
  )
  func near(typed: String, meant: String) {
    #expect(Self.many.remedy(for: typed) == "Did you mean \"\(meant)\"?")
  }

  @Test("are listed if none is close, at most fifty of them")
  func list() {
    let remedy = Self.many.remedy(for: "something-else")
    #expect(remedy.hasPrefix("Known: channel-0, channel-1, channel-10,"))
    #expect(remedy.hasSuffix(" and 9952 more."))
    #expect(KnownNames(["b", "a"]).remedy(for: "else") == "Known: a, b.")
    #expect(KnownNames([]).remedy(for: "else") == "")
  }
}
