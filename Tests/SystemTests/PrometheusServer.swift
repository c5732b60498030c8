// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Synchronization

/// A real Prometheus on a free port of 127.0.0.1 that scrapes one target, with one rule for a dead target and one whose
/// text changes every time.
final class PrometheusServer: Sendable {
  private let port: Int
  private let temporary: TemporaryFolder
  private var folder: URL { temporary.url }
  private let process: ServerProcess

  /// Starts it and waits until it answers.
  ///
  /// - Parameters:
  ///   - target: The port of the target, which it scrapes every second.
  ///   - alertmanager: The port that it pushes its alerts to.
  /// - Throws: If Prometheus is not installed or does not start.
  init(watching target: Int, pushingTo alertmanager: Int? = nil) async throws {
    temporary = try TemporaryFolder([
      "prometheus.yml": PrometheusServer.configuration(target: target) + PrometheusServer.alerting(alertmanager),
      "rules.yml": PrometheusServer.rules,
    ])
    let folder = temporary.url
    port = try ServerProcess.freePorts(1)[0]
    process = try ServerProcess(
      [
        try ServerProcess.program("/usr/bin/prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
        "--web.listen-address=127.0.0.1:\(port)",
      ],
      in: folder,
      log: folder.appending(path: "output")
    )
    try await eventually("Prometheus is ready") {
      guard process.isRunning else { throw Tool.Failure(description: "Prometheus ended:\n\(try process.log)") }
      return try await get("/-/ready") != nil
    }
  }

  deinit { process.stop() }

  var url: String { "http://127.0.0.1:\(port)" }

  /// Waits until its alerts have been queried `count` more times.
  func isAsked(_ count: Int) async throws {
    let before = try await timesAsked()
    try await eventually("Prometheus is asked \(count) times more") {
      try await timesAsked() >= before + count
    }
  }

  /// Waits until it has no alert with this name.
  func isCalm(about alert: String) async throws {
    try await eventually("Prometheus has no \(alert)") {
      try await get("/api/v1/alerts")?.contains(alert) == false
    }
  }

  /// The number of queries, from its own metrics.
  private func timesAsked() async throws -> Int {
    let metric = #"prometheus_http_requests_total{code="200",handler="/api/v1/alerts"} "#
    let line = try await get("/metrics")?.split(separator: "\n").first { $0.hasPrefix(metric) }
    return line.flatMap { Int($0.dropFirst(metric.count)) } ?? 0
  }

  private func get(_ path: String) async throws -> String? {
    let result = try await Tool.run(["curl", "--silent", "--fail", "--noproxy", "*", url + path], in: folder)
    return result.status == 0 ? result.output : nil
  }

  // https://prometheus.io/docs/prometheus/latest/configuration/configuration/
  private static func configuration(target: Int) -> String {
    """
    global:
      scrape_interval: 1s
      scrape_timeout: 1s
      evaluation_interval: 1s
    rule_files: [rules.yml]
    scrape_configs:
      - job_name: shop
        static_configs:
          - targets: ["127.0.0.1:\(target)"]
    """
  }

  private static func alerting(_ port: Int?) -> String {
    guard let port else { return "" }
    return """

      alerting:
        alertmanagers:
          - static_configs:
              - targets: ["127.0.0.1:\(port)"]
      """
  }

  private static let rules = """
    groups:
      - name: shop
        rules:
          - alert: TargetDown
            # A scrape that only took too long on a busy machine is no dead target.
            expr: max_over_time(up[30s]) == 0
            labels: { severity: critical }
            annotations: { summary: "{{ $labels.job }} does not answer" }
          - alert: Drift
            expr: vector(time()) > 0
            labels: { severity: info }
            annotations: { summary: "The clock has moved on", description: "It is {{ $value }}" }
    """
}
