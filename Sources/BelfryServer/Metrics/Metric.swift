// SPDX-License-Identifier: Apache-2.0

/// A metric that Belfry exports: a gauge, read where it stands at the moment of the scrape.
enum Metric: String, Sendable, CaseIterable {
  case buildInfo = "belfry_build_info"
  case start = "process_start_time_seconds"
  case alerts = "belfry_alerts"
  case deliveries = "belfry_ledger_deliveries"
  case queueAge = "belfry_queue_oldest_age_seconds"
  case circuitOpen = "belfry_circuit_open"
  case sourceUp = "belfry_source_up"
  case sourceRead = "belfry_source_last_read_timestamp_seconds"
  case sourceAlerts = "belfry_source_alerts"
  case partUp = "belfry_part_up"

  var name: String { rawValue }

  var help: String {
    switch self {
    case .buildInfo: "Always 1; its label says which version runs."
    case .start: "When Belfry began, in seconds since 1970."
    case .alerts: "Active alerts by how they stand: told, waiting, muted, dropped or lost."
    case .deliveries: "Deliveries that the ledger holds, by channel and status."
    case .queueAge: "How long ago the oldest pending delivery of a channel was made; 0 when none is pending."
    case .circuitOpen: "1 while a channel rests because it failed, else 0."
    case .sourceUp: "1 while a source can be read, else 0."
    case .sourceRead: "When a source was last read, in seconds since 1970."
    case .sourceAlerts: "Alerts of a source that are in force."
    case .partUp: "1 while a part of Belfry does its work, 0 when it hangs."
    }
  }
}
