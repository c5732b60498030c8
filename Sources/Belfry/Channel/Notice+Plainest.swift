// SPDX-License-Identifier: Apache-2.0

extension Notice {
  /// The notice reduced to the essentials of each alert: its severity, title, place and start; without the text of a
  /// template.
  ///
  /// Use it for a service whose refusal does not state what was wrong.
  public var plainest: Notice {
    var notice = self
    notice.custom = nil
    switch content {
    case .alert(let alert): notice.content = .alert(alert.plainest)
    case .resolved(let alert): notice.content = .resolved(alert.plainest)
    case .flapping(let alert): notice.content = .flapping(alert.plainest)
    case .test(let alert): notice.content = .test(alert.plainest)
    case .burst(let alerts): notice.content = .burst(alerts.map(\.plainest))
    case .digest(let name, let alerts): notice.content = .digest(name: name, alerts.map(\.plainest))
    case .followup(let alerts, let ended): notice.content = .followup(alerts.map(\.plainest), ended: ended)
    case .group(let name, let alerts, let firing, let ended):
      notice.content = .group(name: name, alerts.map(\.plainest), firing: firing, ended: ended)
    case .reminder(let alerts): notice.content = .reminder(alerts.map(\.plainest))
    }
    return notice
  }
}

extension Alert {
  fileprivate var plainest: Alert {
    var alert = self
    alert.detail = ""
    alert.labels = [:]
    alert.panel = ""
    alert.link = ""
    alert.annotations = [:]
    alert.sourceLink = ""
    return alert
  }
}
