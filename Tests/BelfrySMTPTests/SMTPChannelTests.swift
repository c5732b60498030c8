// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The mail channel")
struct SMTPChannelTests {
  @Test("keeps the contract of channels")
  func contract() async throws {
    let settings = #"""
      { "server": "smtp://mail.example.com", "username": "belfry", "password": "t0p-s3cret",
        "from": "Belfry <belfry@example.com>", "to": ["ops@example.com"] }
      """#
    try await ChannelContract(SMTPChannel.self, settings: settings).verify()
  }
}
