// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What came of the investigation of an event: a message with the answer, or with the reason why there is none.
package struct RecordedInvestigation: Sendable, Hashable {
  /// What was investigated.
  package enum Subject: Sendable, Hashable {
    case alert(AlertKey)
    /// An alert that was sent, of a source that was not known any more.
    case unknownAlert(String)
    /// A probe's finding: each probe has one alert of each category.
    case probe(SourceName, category: String)

    /// The stored form; a source's name contains no slash.
    var text: String {
      switch self {
      case .alert(let key): "alert/\(key)"
      case .unknownAlert(let id): "alert//\(id)"
      case .probe(let source, let category): "probe/\(source)/\(category)"
      }
    }
  }

  package var at: Instant
  package var subject: Subject
  /// The channel of the message, and its delivery.
  package var channel: ChannelName
  package var delivery: DeliveryID
  /// The code of the reason why there is no answer; nil if there is one.
  package var error: String?

  package init(at: Instant, subject: Subject, channel: ChannelName, delivery: DeliveryID, error: String? = nil) {
    self.at = at
    self.subject = subject
    self.channel = channel
    self.delivery = delivery
    self.error = error
  }
}

extension Alert {
  /// The subjects of investigations that are about this alert.
  package var investigated: [RecordedInvestigation.Subject] {
    [.alert(key), .unknownAlert(id), .probe(source, category: category)]
  }
}
