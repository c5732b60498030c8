// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Testing

@Suite("Scripted transport")
struct ScriptedTransportTests {
  @Test("answers from its script and records its requests, in order")
  func answersAndRecords() async {
    let transport = ScriptedTransport { outgoing in
      guard case .http(let exchange) = outgoing else { return .appended }
      return .http(HTTPReply(status: exchange.body.isEmpty ? 204 : 200))
    }
    let carrying: any Transport = transport
    let batch: [Outgoing] = [
      .http(HTTPExchange(url: "http://one.example/", body: [1])),
      .append(FileAppend(file: ConfinedPath(root: "/tmp", relative: "x"), bytes: [10])),
      .http(HTTPExchange(url: "http://two.example/")),
    ]
    let replies = await carrying.send(batch)
    #expect(replies == [.http(HTTPReply(status: 200)), .appended, .http(HTTPReply(status: 204))])
    #expect(transport.carried == batch)
  }
}
