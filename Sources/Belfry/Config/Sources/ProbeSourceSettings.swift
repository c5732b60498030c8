// SPDX-License-Identifier: Apache-2.0

/// A service that is probed from outside: over HTTP, by a TCP connection, or by its TLS certificate.
package struct ProbeSourceSettings: SourceKindSettings, AddressRestricting {
  package var http: WebAddress?
  package var tcp: HostPort?
  package var tls: HostPort?
  package var status: [Count] = []
  package var contains: String?
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var timeout = AttemptLimit(.seconds(10))
  package var degraded = ProbeLimits()
  package var unhealthy = ProbeLimits()
  package var category = "service_unhealthy"
  package var every: Period?
  package var stale: Period?
  package var note = ""

  package init() {}

  package static let kind = "probe"
  package static let fields: [Field<ProbeSourceSettings>] =
    [
      .optional(
        "http",
        \.http,
        "An address that is asked for with GET.",
        otherwise: "`tcp` or `tls` says what is looked at",
        example: "https://example.com/health"
      ),
      .optional(
        "tcp",
        \.tcp,
        "A host and a port to which a connection is made.",
        otherwise: "`http` or `tls` says what is looked at",
        example: "db.example.com:5432"
      ),
      .optional(
        "tls",
        \.tls,
        "A host and a port with which TLS is agreed on, and whose certificate is looked at.",
        otherwise: "`http` or `tcp` says what is looked at",
        example: "example.com:443"
      ),
      .optional("status", \.status, "The HTTP statuses that are well.", otherwise: "200 to 299", example: "200"),
      .optional("contains", \.contains, "A text that the HTTP answer holds when it is well.", otherwise: "any answer"),
      .optional(
        "ca",
        \.ca,
        "A PEM file of the authorities to trust instead of the system's.",
        otherwise: "the system's"
      ),
      .optional("timeout", \.timeout, "How long a look may take before it has failed.", otherwise: "10s"),
      .optional("degraded", \.degraded, "From when on the service is degraded.", otherwise: "three bad looks in a row"),
      .optional(
        "unhealthy",
        \.unhealthy,
        "From when on the service is unhealthy.",
        otherwise: "two looks in a row that failed"
      ),
      .optional("category", \.category, "The category of the alert.", otherwise: "service_unhealthy"),
      .optional("every", \.every, "How often it is looked at.", otherwise: SourceSettings.everyOtherwise),
      .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
      .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
    ] + Field.addressFields

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
      let found = named.isEmpty ? "nothing is looked at." : "a probe looks at one thing."
      report.error(found, key: named.last ?? "kind", remedy: "Write one of `http`, `tcp` and `tls`.")
    }
    if http == nil {
      for (key, isThere) in [("status", !status.isEmpty), ("contains", contains != nil)] where isThere {
        report.error("only `http` has an answer to look at.", key: key, remedy: "Leave it out.")
      }
    }
    for (key, limits) in [("degraded", degraded), ("unhealthy", unhealthy)] {
      if tls == nil, limits.daysLeft != nil {
        report.error("only `tls` looks at the certificate.", key: key, remedy: "Leave `days_left` out.")
      }
      if let latency = limits.latency, latency >= timeout.duration {
        let remedy = "Write less than \(timeout.duration.text), or raise `timeout`."
        report.error("no look takes so long: by then it has failed.", key: key, remedy: remedy)
      }
    }
    checkOrder(&report)
    let host = http?.host ?? tcp?.host ?? tls?.host ?? ""
    checkAddresses(reaching: host, of: named.first ?? "kind", in: report.subject, &report)
  }

  private func checkOrder(_ report: inout Report) {
    let remedy = "Let `unhealthy` be the worse."
    if let low = degraded.latency, let high = unhealthy.latency, low >= high {
      report.error("it is unhealthy before it is degraded, by `latency`.", key: "unhealthy", remedy: remedy)
    }
    if tls != nil, let low = degradedRule.daysLeft, let high = unhealthyRule.daysLeft, low <= high {
      report.error("it is unhealthy before it is degraded, by `days_left`.", key: "unhealthy", remedy: remedy)
    }
  }
}
