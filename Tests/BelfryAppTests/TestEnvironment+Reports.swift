// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryOperations
import BelfryTestKit
import Foundation

extension TestEnvironment {
  /// The local time of someone in Paris.
  var clock: TimeText { TimeText(now: now, zone: TimeZone(identifier: "Europe/Paris") ?? .gmt) }

  /// The output of `belfry why` for an alert.
  func why(_ id: String, last: Int = 20) async throws -> String {
    let report = try await WhyReport.read(id, from: ledger, configuration, last: last)
    return report.text(clock, configuration.notes)
  }
}
