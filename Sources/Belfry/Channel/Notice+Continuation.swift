// SPDX-License-Identifier: Apache-2.0

extension Notice {
  /// How a notice continues an earlier message on its channel, for a service where messages can be edited.
  public struct Continuation: Sendable, Hashable {
    /// The receipt of the message to edit: the first message about these alerts.
    public var root: Receipt
    /// The notice that the edited message shows: with the alerts that were sent before and still fire.
    public var edited: Notice
    /// Whether people must be notified too, which an edit alone does not do: of a resolved alert, and of one that is more
    /// severe than all those known.
    public var mustNotify: Bool
  }

  /// The earlier message that this notice updates; nil if it is a message of its own.
  ///
  /// What a resolved alert, a group and a burst say belongs into the message that is already there. Where that message
  /// cannot be edited any more, send the notice itself.
  public var continuation: Continuation? {
    guard continues, let root = earlier.first else { return nil }
    return Continuation(root: root, edited: edited, mustNotify: mustNotify)
  }

  private var continues: Bool {
    switch content {
    case .resolved, .group, .burst: true
    case .alert, .digest, .followup, .reminder, .flapping, .test: false
    }
  }

  private var mustNotify: Bool {
    if case .resolved = content { return true }
    let firing = content.alerts.filter { flags[$0.key]?.isResolved != true }
    guard let worst = firing.map(\.severity).min() else { return true }
    return alreadySent.map(\.severity).min().map { worst.isWorse(than: $0) } ?? true
  }

  private var edited: Notice {
    var whole = self
    if !alreadySent.isEmpty { whole.custom = customInEdit }
    switch content {
    case .group(let name, let alerts, let firing, let ended):
      whole.content = .group(name: name, alerts + alreadySent, firing: firing, ended: ended)
    case .burst(let alerts): whole.content = .burst(alerts + alreadySent)
    default: break
    }
    return whole
  }
}
