// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryTransport

/// One attempt from its first reply to the channel's verdict, through as many exchanges as the channel needs.
struct Conversation: Sendable {
  let rules: AttemptRules
  let transport: any Transport
  let time: any TimeSource
  let channel: ConfiguredChannel

  /// The most exchanges in one attempt.
  private static let limit = 5

  /// Continues until the channel has a verdict; no exchange starts that could last beyond `end` on the monotonic clock.
  func verdict(on notice: Notice, after first: Reply, until end: Duration) async -> Verdict {
    var replies = [first]
    while true {
      switch rules.step(notice, after: replies, on: channel) {
      case .settle(let verdict): return verdict
      case .ask(let outgoing):
        guard replies.count < Conversation.limit, time.elapsed() + outgoing.longest <= end else {
          return .ambiguous(because: Verdict.Reason("unfinished", "there was no time for all that had to be asked."))
        }
        replies.append(await transport.send(outgoing))
      }
    }
  }
}
