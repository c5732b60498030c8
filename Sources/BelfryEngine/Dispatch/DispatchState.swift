// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy

/// What this process has leased, channel by channel, and what may start when: every decision of the dispatcher that needs
/// neither the ledger nor the network.
///
/// It changes only in turns of the ledger's loop. Only as many deliveries are leased as can start before the next turn;
/// the rest waits in the ledger, most severe first.
struct DispatchState: Sendable {
  private(set) var channels: [ChannelName: ConfiguredChannel]
  private(set) var rules: AttemptRules
  private(set) var queues: [ChannelName: ChannelQueue]
  private(set) var held = HeldLeases()
  /// Failing channels whose alarm, which they cannot deliver themselves, has been forwarded.
  var alarmed: Set<ChannelName> = []
  /// Channels that work again: what waits there for a retry is still to be made due.
  var recovered: Set<ChannelName> = []
  /// The circuits as last recorded in the ledger.
  var noted: [CircuitNote] = []
  /// Whether it serves the whole ledger, instead of only a command's own deliveries.
  private(set) var isServing = false
  /// Whether what has not started is given back to the ledger, because the process stops.
  var isStopping = false
  /// Whether the ledger may contain deliveries on channels that do not exist any more.
  var mayHaveOrphans = false
  /// Whether leased deliveries that wait are given back, because another configuration may have another place for them.
  var mayHaveOtherPlace = false
  private var agenda = Agenda()

  init(_ configuration: Configuration, _ rules: AttemptRules) {
    channels = configuration.channels
    self.rules = rules
    queues = configuration.channels.mapValues { ChannelQueue($0, isDryRun: rules.isDryRun) }
  }

  // MARK: Leasing

  /// How many more deliveries each channel may lease.
  ///
  /// A queue whose channel is no longer in the file only finishes its running attempts.
  func room(at now: Instant) -> [ChannelName: Int] {
    var room: [ChannelName: Int] = [:]
    for (name, queue) in queues where channels[name] != nil {
      let free = queue.room(at: now)
      if free > 0 { room[name] = free }
    }
    return room
  }

  /// How many deliveries to lease now, by the duration of the lease: one search of the ledger for each.
  ///
  /// Only channels on which something may be due.
  func leases(at now: Instant) -> [(duration: Duration, room: [ChannelName: Int])] {
    var rooms: [Duration: [ChannelName: Int]] = [:]
    for (name, free) in room(at: now) where agenda.mayBeDue(name, at: now) {
      guard let queue = queues[name], queue.queue.isEmpty else { continue }
      rooms[queue.lease, default: [:]][name] = free
    }
    return rooms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The failing channels that may be tried and have nothing due: any pending delivery will do.
  func probes(at now: Instant) -> Set<ChannelName> {
    Set(queues.filter { channels[$0.key] != nil && mayProbe($0.key, $0.value, at: now) }.keys)
  }

  private func mayProbe(_ name: ChannelName, _ queue: ChannelQueue, at now: Instant) -> Bool {
    queue.wantsProbe(at: now) && agenda.due[name] != nil && !agenda.isAllLeased.contains(name)
  }

  /// Records that no delivery of a channel can be leased: all that are pending are leased already.
  mutating func noteAllLeased(on channel: ChannelName) { agenda.isAllLeased.insert(channel) }

  /// Adds leased deliveries to the queues of their channels, all of a channel at once: each addition sorts the queue.
  ///
  /// A lease may seem to have ended, for example because the disk was stuck. A delivery that runs is then leased again,
  /// but not started again.
  mutating func enqueue(_ leased: [LeasedDelivery]) {
    if leased.isEmpty { return }
    for (channel, deliveries) in Dictionary(grouping: leased, by: \.delivery.channel) {
      queues[channel]?.add(deliveries.filter { held.add($0) })
    }
  }

  /// Removes and returns what cannot start now, or all that waits for the given reasons.
  mutating func surplus(at now: Instant) -> [LeasedDelivery] {
    var rest: [LeasedDelivery] = []
    for name in queues.keys.sorted() where queues[name]?.queue.isEmpty == false {
      let isWhole = isStopping || mayHaveOtherPlace || channels[name] == nil
      rest += (isWhole ? queues[name]?.drain() : queues[name]?.surplus(at: now)) ?? []
    }
    mayHaveOtherPlace = false
    return rest
  }

  // MARK: Attempts

  /// The attempts that may start now, or as soon as one ends; none on channels that are held.
  mutating func starts(at now: Instant, besides held: Set<ChannelName> = []) -> [AttemptStart] {
    var starts: [AttemptStart] = []
    if isStopping { return [] }
    for name in queues.keys.sorted() {
      guard let channel = channels[name], !held.contains(name) else { continue }
      var isProbe = queues[name]?.breaker.wantsProbes ?? false
      while let batch = queues[name]?.next(at: now) {
        let trouble = queues[name]?.lastTrouble
        starts.append(AttemptStart(batch: batch, channel: channel, rules: rules, isProbe: isProbe, trouble: trouble))
        isProbe = queues[name]?.breaker.wantsProbes ?? false
      }
    }
    return starts
  }

  /// Whether attempts that were handed over in advance may still start.
  func mayGoOn(on channel: ChannelName, at now: Instant) -> Bool {
    !isStopping && channels[channel] != nil && queues[channel]?.mayGoOn(at: now) == true
  }

  /// Records how many attempts on a channel ended within one turn; see `ChannelQueue.adapt`.
  mutating func adapt(_ channel: ChannelName, ended count: Int, longest: Duration, allArrived: Bool) {
    queues[channel]?.adapt(ended: count, longest: longest, allArrived: allArrived)
  }

  /// Records that an attempt on a channel has ended, and what its verdicts show about the channel.
  ///
  /// `random`, a number in 0 ..< 1, adds jitter to pauses.
  mutating func ended(
    _ outcome: BatchOutcome,
    on channel: ChannelName,
    begun: Instant,
    at now: Instant,
    random: () -> Double
  ) -> [Breaker.Change] {
    let signs =
      outcome.verdicts.map(\.verdict) + outcome.unsent.map(\.verdict).filter(\.needsOperator)
      + [outcome.unreachable].compactMap(\.self)
    let changes = signs.compactMap { queues[channel]?.note($0, begun: begun, at: now, random: random()) }
    if signs.isEmpty { queues[channel]?.withdraw(at: now) }
    queues[channel]?.answered(isBatched: outcome.verdicts.isEmpty ? nil : outcome.isBatched)
    for change in changes {
      if change != .opened { recovered.insert(channel) }
      if change != .recovered { alarmed.remove(channel) }
    }
    return changes.filter { $0 != .recovered }
  }

  /// Records that the verdicts of one attempt on a channel are stored.
  mutating func settled(on channel: ChannelName) { queues[channel]?.settled(1) }

  /// Ends the lease of a delivery that was settled under `token`; queues it if it was leased again since.
  mutating func letGo(_ id: DeliveryID, settledUnder token: Int) {
    guard let newer = held.end(id, settledUnder: token) else { return }
    enqueue([newer])
  }

  func isFailing(_ channel: ChannelName) -> Bool { queues[channel]?.breaker.isClosed == false }

  /// Whether nothing is leased or running.
  var isIdle: Bool { queues.values.allSatisfy(\.isIdle) }

  /// A channel with a closed circuit; one that people read is preferred to one that only keeps a record.
  func working(besides name: ChannelName) -> ChannelName? {
    let others = queues.keys.filter { $0 != name && queues[$0]?.breaker.isClosed == true }
    return others.min { (channels[$0]?.kind == "file" ? 1 : 0, $0) < (channels[$1]?.kind == "file" ? 1 : 0, $1) }
  }

  // MARK: Time

  /// The channels on which something may be due of which it is not known when.
  mutating func touched(_ touched: TouchedChannels) { agenda.touched(touched, of: channels.keys) }

  /// The channels whose next delivery has to be looked up in the ledger.
  var unknown: [ChannelName] { agenda.unknown.filter { channels[$0] != nil }.sorted() }

  mutating func noteNext(_ due: Instant?, on channel: ChannelName) { agenda.next(due, on: channel) }

  /// When the next attempt can start; nil if nothing is pending, or if that depends on running attempts.
  ///
  /// A drain waits for the pace of a channel, but not for deliveries that are due later.
  func nextAttempt(at now: Instant, forDrain isDrain: Bool = false) -> Instant? {
    let moments = queues.compactMap { name, queue -> Instant? in
      guard channels[name] != nil, let due = queue.queue.isEmpty ? agenda.due[name] : now else { return nil }
      if queue.openings(at: now) > 0 {
        if mayProbe(name, queue, at: now) { return now }
        return isDrain && due > now ? nil : max(due, now)
      }
      guard let opens = queue.opens(after: now) else { return nil }
      // A probe may be a delivery that is not due.
      let next = queue.breaker.wantsProbes ? opens : max(due, opens)
      return isDrain && (due > now || opens > now + queue.spacing) ? nil : next
    }
    return moments.min()
  }

  /// Shifts queues, circuits and leases by a step of the clock.
  mutating func follow(_ step: ClockStep) {
    for name in queues.keys { queues[name]?.follow(step) }
    held.follow(step, longest: longestWait)
    agenda.touched(.all, of: channels.keys)
  }

  /// The longest wait of a delivery: a lease or a backoff; nothing else makes one wait.
  var longestWait: Duration { max(Dispatcher.lease, rules.backoff.longest) }

  // MARK: Circuits

  /// The circuits that are not closed, by channel.
  func circuits(at now: Instant) -> [CircuitNote] {
    channels.keys.sorted().compactMap { queues[$0]?.breaker.note(of: $0, at: now) }
  }

  /// The circuits to record; nil if they are as recorded.
  func changedCircuits(at now: Instant) -> [CircuitNote]? {
    let circuits = circuits(at: now).map { circuit in
      // A running probe changes nothing yet.
      var circuit = circuit
      if queues[circuit.channel]?.breaker.isProbing == true,
        let old = noted.first(where: { $0.channel == circuit.channel })
      {
        circuit.until = old.until
      }
      return circuit
    }
    return circuits == noted ? nil : circuits
  }

  // MARK: Configurations

  /// Serves the whole ledger from now on, with these circuits open.
  mutating func takeOver(_ circuits: [CircuitNote], at now: Instant) {
    isServing = true
    isStopping = false
    noted = circuits
    for note in circuits { queues[note.channel]?.restore(note, at: now) }
    mayHaveOrphans = true
    agenda.touched(.all, of: channels.keys)
  }

  /// Serves nobody any more: others may lease what the ledger contains.
  mutating func stop() {
    isServing = false
    isStopping = false
  }

  /// Continues with other channels: running attempts end as they started, and the rest uses the new ones.
  ///
  /// Channels in `unchanged` keep their circuits and pace; the others are assumed to work even if they failed before.
  mutating func adopt(_ configuration: Configuration, unchanged: Set<ChannelName>, at now: Instant) {
    channels = configuration.channels
    rules = AttemptRules(
      configuration,
      backoff: rules.backoff,
      isDryRun: rules.isDryRun,
      linkKey: rules.linkKey
    )
    for (name, channel) in channels {
      let new = ChannelQueue(channel, isDryRun: rules.isDryRun)
      queues[name] = queues[name]?.adopting(new, mendedAt: unchanged.contains(name) ? nil : now) ?? new
    }
    mayHaveOtherPlace = true
    mayHaveOrphans = true
    agenda.touched(.all, of: channels.keys)
  }

  /// Forgets the queues of removed channels once their last attempt has ended.
  mutating func forgetGone() {
    let gone = queues.keys.filter { channels[$0] == nil && queues[$0]?.isIdle == true }
    for name in gone { queues[name] = nil }
  }
}

/// Some deliveries of one channel that start together, with what their messages need.
struct AttemptStart: Sendable {
  var batch: [LeasedDelivery]
  var channel: ConfiguredChannel
  var rules: AttemptRules
  /// Whether the channel fails, so that this attempt shows whether it works again.
  var isProbe = false
  /// Why the channel last failed.
  var trouble: Verdict.Reason?
}

/// When the next delivery of each channel is due in the ledger.
private struct Agenda: Sendable {
  private(set) var due: [ChannelName: Instant] = [:]
  /// The channels for which that has to be looked up.
  private(set) var unknown: Set<ChannelName> = []
  /// The channels of which all pending deliveries are leased.
  var isAllLeased: Set<ChannelName> = []

  func mayBeDue(_ channel: ChannelName, at now: Instant) -> Bool {
    unknown.contains(channel) || due[channel].map { $0 <= now } ?? false
  }

  mutating func touched(_ touched: TouchedChannels, of channels: some Sequence<ChannelName>) {
    switch touched {
    case .these(let channels):
      unknown.formUnion(channels)
      isAllLeased.subtract(channels)
    case .all:
      unknown.formUnion(channels)
      isAllLeased = []
    }
  }

  mutating func next(_ moment: Instant?, on channel: ChannelName) {
    unknown.remove(channel)
    due[channel] = moment
  }
}
