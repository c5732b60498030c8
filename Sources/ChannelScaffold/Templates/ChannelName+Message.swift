// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The body of the request, in a file of its own: this is what an author changes first.
  var messageSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    import Belfry

    /// What is posted: the notice in the shape that the service wants.
    struct \#(message): Encodable {
      struct Item: Encodable {
        let source: String
        let id: String
        let severity: String
        let title: String
        let detail: String
      }

      let severity: String
      let reason: String
      let isResolved: Bool
      let alerts: [Item]

      init(_ notice: Notice) {
        severity = notice.severity.name
        reason = notice.reason
        isResolved = if case .resolved = notice.content { true } else { false }
        alerts = notice.alerts.map {
          Item(source: $0.source.name, id: $0.id, severity: $0.severity.name, title: $0.title, detail: $0.detail)
        }
      }
    }

    """#
  }
}
