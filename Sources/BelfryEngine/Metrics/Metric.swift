// SPDX-License-Identifier: Apache-2.0

/// A metric that Belfry exports.
package enum Metric: String, Sendable, CaseIterable {
  case buildInfo = "belfry_build_info"
  case start = "process_start_time_seconds"
  case alerts = "belfry_alerts"
  case decisions = "belfry_decisions_total"
  case deliveries = "belfry_ledger_deliveries"
  case settled = "belfry_deliveries_total"
  case deliveryTime = "belfry_delivery_seconds"
  case attemptTime = "belfry_attempt_seconds"
  case queueAge = "belfry_queue_oldest_age_seconds"
  case circuitOpen = "belfry_circuit_open"
  case sourceUp = "belfry_source_up"
  case sourceRead = "belfry_source_last_read_timestamp_seconds"
  case sourceAlerts = "belfry_source_alerts"
  case readings = "belfry_source_readings_total"
  case ledgerTime = "belfry_ledger_seconds"
  case ledgerBytes = "belfry_ledger_bytes"
  case ledgerFreeBytes = "belfry_ledger_free_bytes"
  case ledgerRows = "belfry_ledger_rows"
  case ledgerOldest = "belfry_ledger_oldest_timestamp_seconds"
  case ledgerPruned = "belfry_ledger_last_prune_timestamp_seconds"
  case reloadGood = "belfry_config_last_reload_successful"
  case reloadedAt = "belfry_config_last_reload_success_timestamp_seconds"
  case configVersion = "belfry_config_version"
  case partUp = "belfry_part_up"
  case templateFaults = "belfry_template_faults_total"
  case spansDropped = "belfry_spans_dropped_total"

  package var name: String { rawValue }

  package enum Kind: String, Sendable {
    case gauge
    case counter
    case histogram
  }

  package var kind: Kind {
    switch self {
    case .decisions, .settled, .readings, .templateFaults, .spansDropped: .counter
    case .deliveryTime, .attemptTime, .ledgerTime: .histogram
    default: .gauge
    }
  }

  /// The upper bounds of a histogram's buckets, in seconds.
  package var buckets: [Double] {
    switch self {
    // A sync takes milliseconds; with a stuck disk, seconds.
    case .ledgerTime: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
    case .attemptTime: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    // From an immediate delivery to one after a channel was down for a day.
    case .deliveryTime: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 86400]
    default: []
    }
  }

  package var help: String {
    switch self {
    case .buildInfo: "Always 1; the label is the running version."
    case .start: "When Belfry started, in seconds since 1970."
    case .alerts: "Active alerts by state: told (sent), waiting, muted, dropped or lost."
    case .decisions: "Decisions since Belfry started, by rule and outcome."
    case .deliveries:
      "Unfinished deliveries in the ledger, by channel and status: pending, or dead letters."
    case .settled: "Delivery attempts since Belfry started, by channel and outcome."
    case .deliveryTime: "Time from writing a delivery to the ledger until it was delivered."
    case .attemptTime: "Duration of delivery attempts, by channel."
    case .queueAge: "Age of a channel's oldest pending delivery; 0 if none is pending."
    case .circuitOpen: "1 while a failing channel is paused, else 0."
    case .sourceUp: "1 while a source can be read, else 0."
    case .sourceRead: "When a source was last read, in seconds since 1970."
    case .sourceAlerts: "Active alerts of a source."
    case .readings: "Reads of a source since Belfry started, by whether they succeeded."
    case .ledgerTime: "Duration of ledger transactions, including the sync."
    case .ledgerBytes: "Size of the ledger."
    case .ledgerFreeBytes: "Bytes of the ledger's file that are free for new rows."
    case .ledgerRows: "Rows of the ledger by what they hold; in a large file as of the last pruning."
    case .ledgerOldest: "When the oldest decision in the ledger was made, in seconds since 1970."
    case .ledgerPruned: "When older history was last removed, in seconds since 1970."
    case .reloadGood: "1 if the current channels.json is in force, 0 if it was rejected."
    case .reloadedAt: "When channels.json was last loaded successfully, in seconds since 1970."
    case .configVersion: "The version of channels.json in force."
    case .partUp: "1 while a part of Belfry is working, 0 if it hangs."
    case .templateFaults:
      "Messages since Belfry started that were sent with the built-in text because their template failed."
    case .spansDropped: "Spans that no collector accepted since Belfry started."
    }
  }
}
