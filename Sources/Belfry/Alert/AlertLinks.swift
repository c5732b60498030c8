// SPDX-License-Identifier: Apache-2.0

/// The links of an alert, apart from each other.
///
/// Each is an absolute `http` or `https` URL in ASCII that contains nothing that would end a link in HTML, Slack or
/// mail; nil if the alert has no usable one.
public struct AlertLinks: Sendable, Hashable {
  /// The alert's own link, the one that a message shows; see ``Notice/address(of:)``.
  public var details: String?
  /// What to do about it: the annotation `runbook_url`, or else `runbook`.
  public var runbook: String?
  /// What shows it: the annotation `dashboard_url`, or else `dashboard`.
  public var dashboard: String?
  /// What raised it, such as the query at Prometheus: the source's own link (`generatorURL`).
  public var source: String?

  /// The links of an alert; a path is completed by the address of the cockpit, if there is one.
  public init(of alert: Alert, cockpit: String = "") {
    details = Notice.address(alert.link, under: cockpit)
    runbook = AlertLinks.named(["runbook_url", "runbook"], in: alert, cockpit)
    dashboard = AlertLinks.named(["dashboard_url", "dashboard"], in: alert, cockpit)
    source = Notice.address(alert.sourceLink, under: "")
  }

  /// The links with the names that they have in JSON; empty texts for missing ones.
  public var named: [(name: String, url: String)] {
    [("details", details ?? ""), ("runbook", runbook ?? ""), ("dashboard", dashboard ?? ""), ("source", source ?? "")]
  }

  /// The annotations that hold links.
  package static let annotations = ["runbook_url", "runbook", "dashboard_url", "dashboard", "link"]

  /// The first of these annotations that is a URL, or a path from `/`; any other text is not meant as a link.
  private static func named(_ names: [String], in alert: Alert, _ cockpit: String) -> String? {
    guard !alert.annotations.isEmpty else { return nil }
    return names.lazy.compactMap { alert.annotations[$0] }
      .compactMap { Notice.address($0, under: $0.utf8.first == UInt8(ascii: "/") ? cockpit : "") }.first
  }
}
