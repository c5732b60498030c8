// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySlackDM
import BelfryTesting
import Testing

@Suite("The Slack DM channel")
struct SlackDMChannelTests {
  private static let settings = #"{ "token": "xoxb-t0p-s3cret", "user": "U012ABCDEF" }"#
  private static let posted = HTTPReply(status: 200, body: Array(#"{"ok":true,"channel":"D024","ts":"1.5"}"#.utf8))

  @Test("keeps the contract of channels")
  func contract() async throws {
    try await ChannelContract(SlackDMChannel.self, settings: Self.settings, success: .http(Self.posted)).verify()
  }
}
