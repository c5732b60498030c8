// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Answers Prometheus scrapes: the state of alerts, channels, sources and components.
///
/// Label values are names from the configuration and the program, never texts of alerts, so their number is bounded.
struct MetricsAPI: Sendable {
  let server: ServerContext

  func add(to routes: inout Routes) {
    routes.get("/metrics", .read) { _, _ in
      Response(
        status: .ok,
        headers: [.contentType: Exposition.contentType],
        body: ResponseBody(byteBuffer: ByteBuffer(string: try await text()))
      )
    }
  }

  private func text() async throws(Refusal) -> String {
    let ledger = server.ledger
    let backlog = try await server.ask { try await ledger.backlog() }
    let circuits = try await server.ask { try await ledger.circuits() }
    let sources = try await server.ask { try await ledger.sources() }
    let size = try await server.ask { try await ledger.size() }
    var page = Exposition()
    page.write(.buildInfo, [.init(1, ("version", server.version))])
    page.write(.start, [.init(MetricsAPI.seconds(server.start))])
    writeParts(to: &page)
    writeAlerts(backlog.standings, to: &page)
    writeChannels(backlog.channels, Set(circuits.map(\.channel)), to: &page)
    writeSources(sources, to: &page)
    writeSize(size, to: &page)
    for metric in Metric.allCases { page.write(metric, server.registry.readings(of: metric)) }
    return page.text
  }

  private func writeParts(to page: inout Exposition) {
    let ailing = server.vitals.ailing(at: server.elapsed)
    page.write(.partUp, Vitals.Part.allCases.map { .init(ailing.contains($0) ? 0 : 1, ("part", $0.rawValue)) })
  }

  private func writeAlerts(_ counts: [AlertRecord.Standing: Int], to page: inout Exposition) {
    let standings = AlertRecord.Standing.allCases.filter { $0 != .ended }
    page.write(.alerts, standings.map { .init(Double(counts[$0] ?? 0), ("state", $0.name)) })
  }

  /// Writes the channels; one that is no longer configured is included while it has pending deliveries or dead letters.
  private func writeChannels(
    _ backlog: [ChannelName: Backlog.Channel],
    _ resting: Set<ChannelName>,
    to page: inout Exposition
  ) {
    let channels = Set(backlog.keys).union(server.configuration.channels.keys).sorted()
    page.write(
      .deliveries,
      channels.flatMap { channel in
        [(DeliveryRecord.Status.pending, backlog[channel]?.pending), (.dead, backlog[channel]?.dead)].map {
          status,
          count in
          .init(Double(count ?? 0), ("channel", channel.name), ("status", status.rawValue))
        }
      }
    )
    let now = server.now
    page.write(
      .queueAge,
      channels.map { channel in
        let age = backlog[channel]?.oldestPending.map { max(0, MetricsAPI.seconds(now) - MetricsAPI.seconds($0)) }
        return .init(age ?? 0, ("channel", channel.name))
      }
    )
    page.write(.circuitOpen, channels.map { .init(resting.contains($0) ? 1 : 0, ("channel", $0.name)) })
  }

  private func writeSources(_ sources: [SourceNote], to page: inout Exposition) {
    page.write(.sourceUp, sources.map { .init($0.trouble == nil ? 1 : 0, ("source", $0.name.name)) })
    page.write(
      .sourceRead,
      sources.compactMap { source in
        source.lastRead.map { .init(MetricsAPI.seconds($0), ("source", source.name.name)) }
      }
    )
    page.write(.sourceAlerts, sources.map { .init(Double($0.active), ("source", $0.name.name)) })
  }

  private func writeSize(_ size: LedgerSize, to page: inout Exposition) {
    page.write(.ledgerBytes, [.init(Double(size.bytes))])
    page.write(.ledgerFreeBytes, [.init(Double(size.freeBytes))])
    page.write(
      .ledgerRows,
      LedgerSize.Rows.allCases.compactMap { name in
        size.rows[name].map { .init(Double($0), ("table", name.rawValue)) }
      }
    )
    page.write(.ledgerOldest, [.init(size.oldest.map(MetricsAPI.seconds) ?? 0)])
    page.write(.ledgerPruned, [.init(size.prunedAt.map(MetricsAPI.seconds) ?? 0)])
  }

  private static func seconds(_ instant: Instant) -> Double { Double(instant.microseconds) / 1_000_000 }
}
