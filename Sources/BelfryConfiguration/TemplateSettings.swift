// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// The templates in force: those of channels, and those of routes.
package struct MessageTemplates: Sendable {
  private let ofChannels: [ChannelName: MessageTemplate]
  /// By the identity of the route, which a delivery keeps across edits that move the route.
  private let ofRoutes: [String: MessageTemplate]

  package init(_ configuration: Configuration) {
    ofChannels = configuration.channels.compactMapValues(\.common.template)
    let routes = configuration.rules.table.routes.compactMap { route in route.template.map { (route.identity, $0) } }
    ofRoutes = Dictionary(routes) { first, _ in first }
  }

  /// Gives a notice the text by the template of the route that sent it, else by that of its channel.
  ///
  /// After a refusal there is none: it may be what was refused.
  package func fill(_ notice: inout Notice, sentBy route: String = "") {
    guard notice.refusal == nil, let template = ofRoutes[route] ?? ofChannels[notice.channel] else { return }
    notice.custom = template.text(for: notice)
    guard !notice.alreadySent.isEmpty, let edited = notice.continuation?.edited else { return }
    notice.customInEdit = template.text(for: edited)
  }
}
