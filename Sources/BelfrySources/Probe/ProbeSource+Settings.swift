// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension ProbeSource {
  /// A service to probe, and the limits at which it is degraded or unhealthy.
  package struct Settings: SourceSettings, AddressRestricting, HTTPConfigurable {
    package var http: WebAddress?
    package var tcp: HostPort?
    package var tls: HostPort?
    package var status: [Count] = []
    package var contains: String?
    package var ca: SourcePath?
    package var addresses = AddressLists()
    /// Without `tls`, which is a target here.
    package var httpOptions = HTTPOptions()
    package var timeout = AttemptLimit(.seconds(10))
    package var degraded = ProbeLimits()
    package var unhealthy = ProbeLimits()
    package var category = "service_unhealthy"

    package init() {}

    package static let fields: [Field<Settings>] =
      [
        .optional(
          "http",
          \.http,
          "A URL to request with GET.",
          otherwise: "`tcp` or `tls` is the target",
          example: "https://example.com/health"
        ),
        .optional(
          "tcp",
          \.tcp,
          "A host and port to connect to.",
          otherwise: "`http` or `tls` is the target",
          example: "db.example.com:5432"
        ),
        .optional(
          "tls",
          \.tls,
          "A host and port to connect to with TLS; its certificate is checked.",
          otherwise: "`http` or `tcp` is the target",
          example: "example.com:443"
        ),
        .optional("status", \.status, "The HTTP statuses that mean healthy.", otherwise: "200 to 299", example: "200"),
        .optional("contains", \.contains, "A text that a healthy HTTP response contains.", otherwise: "any response"),
        .optional(
          "ca",
          \.ca,
          "A PEM file with the authorities to trust instead of the system's.",
          otherwise: "the system's"
        ),
        .optional("timeout", \.timeout, "How long a check may take before it fails.", otherwise: "10s"),
        .optional(
          "degraded",
          \.degraded,
          "When the service counts as degraded.",
          otherwise: "three bad checks in a row"
        ),
        .optional(
          "unhealthy",
          \.unhealthy,
          "When the service counts as unhealthy.",
          otherwise: "two failed checks in a row"
        ),
        .optional("category", \.category, "The alert's category.", otherwise: "service_unhealthy"),
      ] + [Field.authField, Field.proxyField] + Field.addressFields

    package var subject: String { http?.text ?? tcp.map { "tcp \($0.text)" } ?? tls.map { "tls \($0.text)" } ?? "" }

    /// The secrets to mask in texts about the service.
    package var secrets: [Secret] { (http?.secrets ?? []) + (tcp?.secrets ?? []) + (tls?.secrets ?? []) }

    package var degradedRule: ProbeRule {
      ProbeRule(degraded, after: 3, daysLeft: tls == nil ? nil : 21, severity: .warning)
    }
    package var unhealthyRule: ProbeRule {
      ProbeRule(unhealthy, after: 2, daysLeft: tls == nil ? nil : 7, severity: .critical)
    }

    /// Checks that there is exactly one thing to probe, and that its limits fit.
    package func check(_ report: inout Report) {
      let named = [("http", http != nil), ("tcp", tcp != nil), ("tls", tls != nil)].filter(\.1).map(\.0)
      if named.count != 1 {
        let found = named.isEmpty ? "the probe has no target." : "a probe has only one target."
        report.error(found, key: named.last ?? "kind", remedy: "Write exactly one of `http`, `tcp` and `tls`.")
      }
      if http == nil {
        let keys = [
          ("status", !status.isEmpty), ("contains", contains != nil), ("auth", httpOptions.auth != nil),
          ("proxy", httpOptions.proxy != nil),
        ]
        for (key, isThere) in keys where isThere {
          report.error("this key applies only to `http`.", key: key, remedy: "Leave it out.")
        }
      }
      if let http { checkHTTP(http, key: "http", addresses: addresses != AddressLists(), &report) }
      for (key, limits) in [("degraded", degraded), ("unhealthy", unhealthy)] {
        if tls == nil, limits.daysLeft != nil {
          report.error("`days_left` applies only to `tls`.", key: key, remedy: "Remove `days_left`.")
        }
        if let latency = limits.latency, latency >= timeout.duration {
          let remedy = "Write less than \(timeout.duration.text), or raise `timeout`."
          report.error("it is not below `timeout`, so a check fails before it is this slow.", key: key, remedy: remedy)
        }
      }
      checkOrder(&report)
      let host = http?.host ?? tcp?.host ?? tls?.host ?? ""
      checkAddresses(reaching: host, of: named.first ?? "kind", in: report.subject, &report)
    }

    private func checkOrder(_ report: inout Report) {
      let remedy = "Make `unhealthy` the stricter limit."
      if let low = degraded.latency, let high = unhealthy.latency, low >= high {
        report.error("by `latency`, it is unhealthy before it is degraded.", key: "unhealthy", remedy: remedy)
      }
      if tls != nil, let low = degradedRule.daysLeft, let high = unhealthyRule.daysLeft, low <= high {
        report.error("by `days_left`, it is unhealthy before it is degraded.", key: "unhealthy", remedy: remedy)
      }
    }
  }
}
