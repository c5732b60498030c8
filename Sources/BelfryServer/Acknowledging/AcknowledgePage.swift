// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryPolicy

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
    guard let record else { return LinkRefusedPage(message: "This alert is no longer known.").document }
    let alert = record.alert
    let title = alert.title.isEmpty ? alert.id : alert.title
    return PageFrame.document(
      title: title,
      """
      <main class="narrow \(alert.severity.level.rawValue)"><h2>\(title)</h2>
      <p><span class="severity">\(alert.severity.name)</span> · \(standing(record))</p>\(act(record))</main>
      """
    )
  }

  private func standing(_ record: AlertRecord) -> HTML {
    guard record.isActive else { return "resolved\(record.resolvedAt.map { " \(moment($0))" as HTML } ?? "")" }
    return "fired \(moment(record.firedAt))"
  }

  private func act(_ record: AlertRecord) -> HTML {
    if !record.isActive { return "<p>This alert has resolved. There is nothing to acknowledge.</p>" }
    if !claim.means(record) {
      return """
        <p>This alert resolved after that message and fired again. The link is only valid for the earlier occurrence.</p>
        \(LinkRefusedPage.way)
        """
    }
    if let taken = record.acknowledgement {
      let who: HTML =
        taken.by == claim.operatorName ? "via the link sent to “\(claim.channel.name)”" : "by \(taken.by)"
      return "<p class=\"taken\">Acknowledged \(moment(taken.at)) \(who).</p>"
    }
    return """
      <form method="post" action="\(AcknowledgeLinks.path)\(token)"><p><button class="primary">Acknowledge</button></p></form>
      <p class="fine">Acknowledging stops reminders and escalation until the alert resolves. Nothing is changed until you
      press the button.</p>
      """
  }

  private func moment(_ moment: Instant) -> HTML {
    "<time datetime=\"\(moment.iso8601)\" title=\"\(time.local(moment))\">\(time.relative(moment))</time>"
  }
}

/// The reason why a link is not accepted, and what else can be done.
struct LinkRefusedPage: AcknowledgeDocument {
  let message: String

  static let way: HTML = "<p>To acknowledge it anyway, sign in to <a href=\"/\">the cockpit</a>.</p>"

  var document: HTML {
    PageFrame.document(
      title: "Acknowledge",
      "<main class=\"narrow\"><h2>\(message)</h2>\(LinkRefusedPage.way)</main>"
    )
  }
}
