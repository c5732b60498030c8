// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
package import BelfryConfiguration
internal import BelfryPolicy
package import BelfryTransport

/// Sends a notice directly to a channel, bypassing the ledger and all holds: a test, or the message that the ledger
/// itself fails.
package struct ChannelTester: Sendable {
  private let transport: any Transport
  private let time: any TimeSource
  private let audit: AuditLog
  private let rules: AttemptRules

  /// The result of one test.
  package struct Result: Sendable {
    package var channel: ChannelName
    /// Nil if the channel accepted it.
    package var error: Verdict.Reason?
  }

  package init(transport: any Transport, configuration: Configuration, time: any TimeSource, audit: AuditLog) {
    self.transport = transport
    self.time = time
    self.audit = audit
    self.rules = AttemptRules(configuration)
  }

  package func test(_ channel: ConfiguredChannel, with alert: Alert) async -> Result {
    await send(.test(alert), to: channel, because: "manual test")
  }

  /// Sends one notice, once; the only record is its row in the audit log.
  func send(_ content: Notice.Content, to channel: ConfiguredChannel, because reason: String) async -> Result {
    var ids = DeliveryIDSource()
    var notice = Notice(
      delivery: ids.next(at: time.now()),
      channel: channel.name,
      content: content,
      reason: reason,
      sentAt: time.now(),
      product: rules.product,
      cockpit: rules.cockpit
    )
    rules.templates.fill(&notice)
    let verdict = await attempt(notice, on: channel)
    var error: Verdict.Reason?
    switch verdict {
    case .delivered: break
    case .partial(_, let reason, _), .retry(_, let reason), .ambiguous(let reason), .rejected(_, let reason):
      error = reason
    }
    audit.append([
      AuditRow(emittedAt: time.now(), channel: channel.name, content: notice.content, error: error?.code)
    ])
    return Result(channel: channel.name, error: error)
  }

  private func attempt(_ notice: Notice, on channel: ConfiguredChannel) async -> Verdict {
    do throws(Uncomposable) {
      let outgoing = try rules.compose(notice, on: channel)
      let conversation = Conversation(rules: rules, transport: transport, time: time, channel: channel)
      let reply = await transport.send(outgoing)
      return await conversation.verdict(on: notice, after: reply, until: time.elapsed() + Dispatcher.lease)
    } catch {
      return .rejected(error.rejection, because: error.reason)
    }
  }
}
