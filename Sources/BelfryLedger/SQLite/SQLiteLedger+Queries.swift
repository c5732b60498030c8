// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy
internal import GRDB

extension SQLiteLedger {
  package func nextTimer() async throws -> Instant? {
    try await read { try TimerTable($0).due(at: Instant(microseconds: .max), limit: 1).first?.due }
  }

  package func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant? {
    try await read { try DeliveryQueries(db: $0).nextDue(channels: channels) }
  }

  package func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64] {
    try await read { try AlertTable($0).active(besides: source) }
  }

  package func waiting(in list: HoldID) async throws -> [AlertRecord] {
    try await read { try AlertTable($0).waiting(in: list).compactMap(\.row.record) }
  }

  package func record(of alert: AlertKey) async throws -> AlertRecord? {
    try await read { try AlertTable($0).rows(of: [alert])[alert]?.record }
  }

  package func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord] {
    try await read { try AlertTable($0).rows(of: alerts).compactMapValues(\.record) }
  }

  package func records(after key: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord] {
    try await read { try AlertTable($0).records(after: key, activeOnly: activeOnly, limit: limit) }
  }

  package func alertSources() async throws -> [SourceName] {
    try await read { try AlertTable($0).sources() }
  }

  package func alertKeys(activeOnly: Bool, limit: Int) async throws -> [AlertKey] {
    try await read { try AlertTable($0).keys(activeOnly: activeOnly, limit: limit) }
  }

  package func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt] {
    try await read { try AttemptTable($0).list(of: delivery) }
  }

  package func unauditedAttempts(limit: Int) async throws -> [AuditedAttempt] {
    try await read { try AuditQueries(db: $0).unwritten(limit: limit) }
  }

  package func auditedNumbers() async throws -> RangeSet<Int> {
    try await read { try AuditQueries(db: $0).written() }
  }

  package func auditedAttempts(_ attempts: [DeliveryAttempt]) async throws -> [DeliveryAttempt: AuditedAttempt] {
    try await read { try AuditQueries(db: $0).list(attempts) }
  }

  package func auditedAttempt(_ number: Int) async throws -> AuditedAttempt? {
    try await read { try AuditQueries(db: $0).attempt(number) }
  }

  package func lastAttempt() async throws -> Int {
    try await read { try AuditQueries(db: $0).last() }
  }

  package func delivered(after number: Int, limit: Int) async throws -> DeliveredPage {
    try await read { try AuditQueries(db: $0).delivered(after: number, limit: limit) }
  }

  package func due(_ timer: TimerKey) async throws -> Instant? {
    try await read { try TimerTable($0).due(of: timer) }
  }

  package func entry(_ list: HoldID) async throws -> HoldState? {
    try await read { try EntryTable($0).entries([list])[list] }
  }

  package func silences() async throws -> [Silence] {
    let now = now()
    return try await read { try SilenceTable($0).current(at: now) }
  }

  package func silences(_ ids: Set<SilenceID>) async throws -> [SilenceID: Silence] {
    try await read { try SilenceTable($0).silences(ids) }
  }

  package func silences(after last: Silence?, limit: Int) async throws -> [Silence] {
    try await read { try SilenceTable($0).page(after: last, limit: limit) }
  }

  package func facts(after key: AlertKey?, limit: Int) async throws -> AccountingFacts {
    let now = now()
    return try await read { try AccountingQueries(db: $0).facts(after: key, limit: limit, at: now) }
  }

  package func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision] {
    try await read { try DecisionTable($0).last(limit, about: alert) }
  }

  package func delivery(_ id: DeliveryID) async throws -> DeliveryRecord? {
    try await read { try DeliveryQueries(db: $0).record(of: id) }
  }

  package func background(
    of records: [AlertRecord],
    decisions: [AlertKey: Int],
    notifications: Int
  ) async throws -> AlertBackground {
    try await read {
      try BackgroundQueries(db: $0).background(of: records, decisions: decisions, notifications: notifications)
    }
  }

  package func hours(since moment: Instant) async throws -> [LedgerHour] {
    try await read { try HourTable($0).list(since: moment) }
  }

  package func circuits() async throws -> [CircuitNote] {
    try await read { try CircuitTable(db: $0).list() }
  }

  package func sources() async throws -> [SourceNote] {
    try await read { try SourceTable(db: $0).list() }
  }

  package func configurations(limit: Int) async throws -> [ConfigurationVersion] {
    try await read { try ConfigurationTable(db: $0).list(limit: limit) }
  }

  package func refusal() async throws -> ConfigurationRefusal? {
    try await read { try ConfigurationTable(db: $0).refusal() }
  }

  package func marks(beginning prefix: String) async throws -> [String: String] {
    try await read { try BookmarkTable(db: $0).list(beginning: prefix) }
  }

  package func channelHealth() async throws -> [ChannelName: ChannelHealth] {
    try await read { try HealthQueries(db: $0).channels() }
  }

  package func deadLetters(limit: Int) async throws -> [DeliveryRecord] {
    try await read { try DeliveryQueries(db: $0).deadLetters(limit: limit) }
  }

  package func recentDeliveries(limit: Int) async throws -> [DeliveryRecord] {
    try await read { try DeliveryQueries(db: $0).recent(limit: limit) }
  }

  package func backlog() async throws -> Backlog {
    try await read { try BacklogQueries(db: $0).backlog() }
  }

  package func summary() async throws -> LedgerSummary {
    try await read { try HealthQueries(db: $0).summary() }
  }
}
