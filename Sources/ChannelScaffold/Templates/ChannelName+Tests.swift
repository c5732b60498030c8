// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The channel's test: the contract that every channel keeps, and a table of what is this one's own.
  var testSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry
    import \#(module)
    import BelfryTesting
    import Testing

    @Suite("The \#(kind) channel")
    struct \#(type)Tests {
      @Test("keeps the contract of channels")
      func contract() async throws {
        try await ChannelContract(\#(type).self, settings: settings).verify()
      }

      @Test(
        "judges the answer by its status",
        arguments: [
          (204, "delivered"), (302, "operator"), (401, "operator"), (404, "target"), (422, "payload"), (503, "retry"),
        ]
      )
      func statuses(status: Int, expected: String) {
        let verdict = channel.interpret(.http(HTTPReply(status: status)))
        #expect(name(of: verdict) == expected)
      }

      @Test("waits as long as the service asks")
      func retryAfter() {
        let reply = HTTPReply(status: 429, fields: [("Retry-After", "30")])
        guard case .retry(.seconds(30)?, _) = channel.interpret(.http(reply)) else {
          Issue.record("a 429 is not retried after the wait it names")
          return
        }
      }
    }

    """#
  }
}
