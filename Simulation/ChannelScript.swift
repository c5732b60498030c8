// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Synchronization

/// The behaviour of channels: they fail, time out, limit the rate and recover, depending only on the seed and the time.
///
/// The result of an attempt does not depend on other attempts.
struct ChannelScript: Sendable {
  let seed: UInt64

  /// The result of one attempt.
  struct AttemptResult: Sendable {
    var reply: Reply
    var arrives = false
    /// How long it takes.
    var lasts: Duration = .zero
    /// Whether the process is stopped until its lease ends, and then continues.
    var stalls = false
  }

  private enum Health { case well, down, limited, slow, locked }

  /// How long a channel's state lasts.
  private static let period = Duration.seconds(5400)

  private func health(of channel: String, at now: Instant) -> Health {
    let period = now.microseconds / ChannelScript.period.microseconds
    switch Chance.hash(seed, channel, "\(period)") % 100 {
    case 0..<7: return .down
    case 7..<11: return .limited
    case 11..<15: return .slow
    case 15..<17: return .locked
    default: return .well
    }
  }

  /// Whether its host cannot be reached.
  func isDown(_ channel: String, at now: Instant) -> Bool { health(of: channel, at: now) == .down }

  func result(of delivery: DeliveryID, on channel: String, attempt: Int, at now: Instant, accepted: Reply)
    -> AttemptResult
  {
    var chance = Chance(seed: Chance.hash(seed, channel, delivery.text, "\(attempt)"))
    switch health(of: channel, at: now) {
    case .down: return AttemptResult(reply: .failed(TransportFailure(.notConnected, "nobody is there")))
    case .limited where chance.percent(70):
      let wait = HTTPReply(status: 429, fields: [("retry-after", "\(20 + chance.below(600))")])
      return AttemptResult(reply: accepted == .appended ? .failed(TransportFailure(.diskFull, "full")) : .http(wait))
    case .slow where chance.percent(80):
      let failure = TransportFailure(.timedOutAfterSending, "no answer")
      return AttemptResult(reply: .failed(failure), arrives: chance.percent(50), lasts: .seconds(10))
    case .locked:
      return AttemptResult(
        reply: accepted == .appended ? .failed(TransportFailure(.file, "locked")) : .http(HTTPReply(status: 401))
      )
    default: break
    }
    return result(&chance, accepted)
  }

  /// The failures of a healthy channel.
  private func result(_ chance: inout Chance, _ accepted: Reply) -> AttemptResult {
    let dice = chance.below(1000)
    if accepted == .appended { return AttemptResult(reply: accepted, arrives: true, stalls: dice < 3) }
    switch dice {
    case 0..<6: return AttemptResult(reply: .http(HTTPReply(status: 400)))
    case 6..<40: return AttemptResult(reply: .http(HTTPReply(status: 503)))
    case 40..<50: return AttemptResult(reply: .failed(TransportFailure(.connectionLost, "gone")), arrives: true)
    case 50..<60: return AttemptResult(reply: accepted, arrives: true, lasts: .seconds(8))
    case 60..<64: return AttemptResult(reply: .http(HTTPReply(status: 503)), stalls: true)
    case 64..<67: return AttemptResult(reply: accepted, arrives: true, stalls: true)
    default: return AttemptResult(reply: accepted, arrives: true)
    }
  }
}

/// The transport of one process: answers according to the script, and shows the witness what arrives.
final class ScriptedChannelTransport: Transport {
  private let script: ChannelScript
  private let clock: VirtualTime
  private let life: Life
  private let witness: Witness
  /// Another process works while this one is stopped; nil if this one never is.
  private let whileStopped: (@Sendable () async -> Void)?

  init(
    _ script: ChannelScript,
    clock: VirtualTime,
    life: Life,
    witness: Witness,
    whileStopped: (@Sendable () async -> Void)?
  ) {
    self.script = script
    self.clock = clock
    self.life = life
    self.witness = witness
    self.whileStopped = whileStopped
  }

  func connect(for outgoing: Outgoing) async -> TransportFailure? {
    guard let message = Message(outgoing), message.accepted != .appended else { return nil }
    return script.isDown(message.channel, at: clock.now()) ? TransportFailure(.notConnected, "nobody is there") : nil
  }

  func send(_ batch: [Outgoing]) async -> [Reply] {
    let messages = batch.compactMap(Message.init)
    guard !life.isOver, messages.count == batch.count else {
      return batch.map { _ in .failed(TransportFailure(.cancelled, "the process has died")) }
    }
    let now = clock.now()
    let results = messages.map { result(of: $0, at: now) }
    let stalls = whileStopped != nil && results.contains(where: \.stalls)
    for (message, result) in zip(messages, results) where result.arrives {
      // The result is recorded too late.
      witness.arrived(message, isSure: result.reply == message.accepted && !stalls, at: now)
    }
    if let lasts = results.map(\.lasts).max(), lasts > .zero { clock.advance(by: lasts) }
    if stalls, let whileStopped {
      witness.stopped()
      clock.advance(by: .seconds(125))
      await whileStopped()
    }
    return results.map(\.reply)
  }

  private func result(of message: Message, at now: Instant) -> ChannelScript.AttemptResult {
    let attempt = witness.attempt(at: message.id)
    guard witness.isTroubled else { return ChannelScript.AttemptResult(reply: message.accepted, arrives: true) }
    return script.result(of: message.id, on: message.channel, attempt: attempt, at: now, accepted: message.accepted)
  }
}

/// A sent message, as far as it can be read from the request.
struct Message: Sendable {
  let id: DeliveryID
  let channel: String
  /// The content, as the simulated channel writes it; nil from a channel of another kind.
  let text: String?
  /// The answer if all is well.
  let accepted: Reply

  init?(_ outgoing: Outgoing) {
    switch outgoing {
    case .http(let exchange):
      let lines = String(decoding: exchange.body, as: UTF8.self).split(separator: "\n", maxSplits: 1)
      guard lines.count == 2 else { return nil }
      id = DeliveryID(String(lines[0]))
      channel = String(exchange.url.dropFirst("https://".count))
      text = String(lines[1])
      accepted = .http(HTTPReply(status: 200))
    case .append(let append):
      // The line starts with it: {"delivery_id":"…
      id = DeliveryID(String(decoding: append.bytes.dropFirst(16).prefix(36), as: UTF8.self))
      channel = String(append.file.relative.prefix { $0 != "." })
      text = nil
      accepted = .appended
    case .mail, .process: return nil
    }
  }
}
