// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryOperations

/// A page shown for a link in a message.
protocol AcknowledgeDocument: Sendable {
  var document: HTML { get }
}

/// The status of the link's alert, with one button if there is something to do.
///
/// It shows no more than the message did, plus who acknowledged the alert.
struct AcknowledgePage: AcknowledgeDocument {
  let claim: AcknowledgeClaim
  /// Nil if the alert is unknown.
  let record: AlertRecord?
  let token: String
  let time: TimeText

  var document: HTML {
    guard let record else { return LinkRefusedPage(message: "Nothing is known of this alert any more.").document }
    let alert = record.alert
    let title = alert.title.isEmpty ? alert.id : alert.title
    let known = Severity.known.contains(alert.severity) ? alert.severity.name : "other"
    return PageFrame.document(
      title: title,
      """
      <main class="narrow \(known)"><h2>\(title)</h2>
      <p><span class="severity">\(alert.severity.name)</span> · \(standing(record))</p>\(act(record))</main>
      """
    )
  }

  private func standing(_ record: AlertRecord) -> HTML {
    guard record.isActive else { return "ended\(record.resolvedAt.map { " \(moment($0))" as HTML } ?? "")" }
    return "began \(moment(record.firedAt))"
  }

  private func act(_ record: AlertRecord) -> HTML {
    if !record.isActive { return "<p>It no longer fires: there is nothing to acknowledge.</p>" }
    if !claim.means(record) {
      return """
        <p>It ended since the message with this link, and fires again. The link is good for that earlier time alone.</p>
        \(LinkRefusedPage.way)
        """
    }
    if let taken = record.acknowledgement {
      return "<p class=\"taken\">Acknowledged by \(taken.by) \(moment(taken.at)).</p>"
    }
    return """
      <form method="post" action="\(AcknowledgeLinks.path)\(token)"><p><button class="primary">Acknowledge</button></p></form>
      <p class="fine">Until it ends, nobody is reminded of it, and it does not escalate. Nothing has happened yet.</p>
      """
  }

  private func moment(_ moment: Instant) -> HTML {
    "<time datetime=\"\(moment.iso8601)\" title=\"\(time.local(moment))\">\(time.relative(moment))</time>"
  }
}

/// The reason why a link is not accepted, and what else can be done.
struct LinkRefusedPage: AcknowledgeDocument {
  let message: String

  static let way: HTML = "<p>To acknowledge it all the same, sign in at <a href=\"/\">the cockpit</a>.</p>"

  var document: HTML {
    PageFrame.document(
      title: "Acknowledge",
      "<main class=\"narrow\"><h2>\(message)</h2>\(LinkRefusedPage.way)</main>"
    )
  }
}
