// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// Writes notices to a file: whole lines, appended and synced.
public struct FileChannel: NotificationChannel {
  /// The kind `file`.
  public static let kind: ChannelKind = "file"

  private let name: ChannelName
  private let settings: FileSettings

  /// Creates the channel.
  public init(name: ChannelName, settings: FileSettings) {
    self.name = name
    self.settings = settings
  }

  /// The file's path.
  public var recipient: String { settings.path.description }

  /// Composes one JSON line, or paragraphs.
  public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
    guard !settings.path.isEmpty else { throw Uncomposable("no_recipient", "`path` of the channel \(name) is empty.") }
    let bytes =
      switch settings.format {
      case .jsonl: JournalLine.bytes(of: notice)
      case .text: JournalText.bytes(of: notice)
      }
    return .append(FileAppend(file: settings.path, bytes: bytes, permissions: settings.mode.bits))
  }

  /// Delivered once the lines are on the disk.
  public func interpret(_ reply: Reply) -> Verdict {
    switch reply {
    case .appended: .delivered(Receipt())
    case .failed(let failure): Verdict(failure)
    case .http, .mail, .process: .unexpected(reply)
    }
  }
}
