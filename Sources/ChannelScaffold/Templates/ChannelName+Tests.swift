// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The channel's tests: the contract of every channel, and its own behaviour.
  var testSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry
    import \#(module)
    import BelfryTesting
    import Testing

    @Suite("The \#(kind) channel")
    struct \#(type)Tests {
      private let contract = ChannelContract(
        \#(type).self,
        settings: #"{ "url": "https://example.com/notices", "token": "t0p-s3cret" }"#
      )

      @Test("keeps the channel contract")
      func keepsContract() async throws { try await contract.verify() }

      @Test("posts the notice as text, with its delivery ID")
      func compose() throws {
        let notice = Notice(
          delivery: DeliveryID("0199c5a0-0000-7000-8000-000000000001"),
          channel: "example",
          content: .alert(Alert(id: "disk-7", severity: .critical, title: "A disk is full")),
          sentAt: Instant(seconds: 1_795_424_707)
        )
        guard case .http(let request) = try contract.channel().compose(notice) else {
          Issue.record("this is not an HTTP request")
          return
        }
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(request.method == "POST")
        #expect(request.url == "https://example.com/notices")
        #expect(body.contains(#""delivery_id":"0199c5a0-0000-7000-8000-000000000001""#))
        #expect(body.contains("A disk is full"))
      }

      @Test("does not send its token in clear")
      func tokenInClear() {
        let contract = ChannelContract(
          \#(type).self,
          settings: #"{ "url": "http://example.com/notices", "token": "t0p-s3cret" }"#
        )
        #expect(throws: BrokenContract.self) { try contract.channel() }
      }
    }

    """#
  }
}
