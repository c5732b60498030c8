// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import ChannelScaffold

@Suite("The name of a new channel")
struct ChannelNameTests {
  @Test(
    "gives the kind: its words in lower case, joined by hyphens",
    arguments: [
      ("Pager", "pager"), ("SlackDM", "slack-dm"), ("SMTP", "smtp"), ("HTTPHook", "http-hook"), ("PagerV2", "pager-v2"),
      ("S3Bucket", "s3-bucket"), ("Pager2", "pager2"), ("MSTeams", "ms-teams"), ("X", "x"), ("ATeam", "a-team"),
    ]
  )
  func kind(name: String, kind: String) throws { #expect(try ChannelName(name).kind == kind) }

  @Test("gives the module, the types and the prefix of its variables")
  func names() throws {
    let name = try ChannelName("SlackDM")
    #expect(name.module == "BelfrySlackDM")
    #expect(name.type == "SlackDMChannel")
    #expect(name.settings == "SlackDMSettings")
    #expect(name.variable == "SLACK_DM")
  }

  @Test(
    "is refused with a better suggestion, if there is one",
    arguments: [
      ("", "such as Pager"), ("pager", "Try Pager."), ("my-pager", "Try MyPager."), ("my pager", "Try MyPager."),
      ("../Pager", "Try Pager."), ("Pager/Two", "Try PagerTwo."), ("Pagér", "Try PagR."), ("2Way", "Such as Pager"),
      ("Пейджер", "Such as Pager"), ("PagerChannel", "Try Pager."), ("Channel", "leave out the word Channel"),
      ("PagerTests", "Try Pager."), (String(repeating: "P", count: 31), "30 letters at most"),
      ("Pa\nger", "Try PaGer."),
    ]
  )
  func refusals(name: String, remedy: String) {
    let refusal = #expect(throws: Refusal.self) { try ChannelName(name) }
    #expect(refusal?.message.contains(remedy) == true, "\(refusal?.message ?? "")")
  }
}
