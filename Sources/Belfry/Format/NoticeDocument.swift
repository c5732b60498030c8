// SPDX-License-Identifier: Apache-2.0

/// A notice as JSON for programs, with the same members in every notice.
///
/// `version` counts incompatible changes; new members do not change it.
public struct NoticeDocument: Sendable {
  /// The version of this format.
  public static let version = 1

  /// A member of the object, or a value that a template can use.
  package enum Value: Sendable, Hashable {
    case text(String)
    /// A text that is useless when cut: it is complete, or empty.
    case whole(String)
    /// The complete message as text.
    case message
    case number(Int)
    case labels(Labels)
    case alerts
  }

  /// How much of a notice is included.
  package struct Extent: Sendable, Hashable {
    /// The most that a single text may cost, escaped; nil for no limit.
    package var text: Int?
    /// The most that the whole message as text may cost; nil for no limit.
    package var message: Int?
    /// The number of alerts included, from the first one.
    package var alerts: Int
  }

  let notice: Notice
  let words: NoticeText

  /// Creates the document of a notice.
  public init(_ notice: Notice) {
    self.notice = notice
    words = NoticeText(notice, times: .asWritten)
  }

  /// The document in at most `limit` bytes, which should be 4,096 or more.
  ///
  /// If necessary it has shorter texts, then fewer alerts, whose number `omitted` states.
  public func json(within limit: Int) -> [UInt8] {
    fitted(within: limit, measuring: \.count) { extent in
      var writer = JSONWriter()
      writer.beginObject()
      for (name, value) in members(extent) {
        writer.key(name)
        write(value, to: &writer, extent)
      }
      writer.endObject()
      return writer.bytes
    }
  }

  /// The largest part of the notice for which the result of `render` fits the limit; the smallest part if nothing fits.
  func fitted<Text>(within limit: Int, measuring size: (Text) -> Int, _ render: (Extent) -> Text) -> Text {
    let count = notice.alerts.count
    // No alert takes less space than this, so more cannot fit.
    let most = min(count, limit / 100)
    for extent in NoticeDocument.extents(of: count) where most == count {
      let bytes = render(extent)
      if size(bytes) <= limit { return bytes }
    }
    for text in [200, 60, 40] {
      var (low, high) = (0, most)
      var best = render(Extent(text: text, message: 4 * text, alerts: 0))
      guard size(best) <= limit else { continue }
      while low < high {
        let middle = (low + high + 1) / 2
        let bytes = render(Extent(text: text, message: 4 * text, alerts: middle))
        if size(bytes) <= limit { (low, best) = (middle, bytes) } else { high = middle - 1 }
      }
      // Shorter texts are better than no alert at all; identifiers have up to 40 bytes.
      if low > 0 || most == 0 || text == 40 { return best }
    }
    return render(Extent(text: 60, message: 60, alerts: 0))
  }

  /// All of it, then ever shorter texts.
  private static func extents(of count: Int) -> [Extent] {
    [(nil, nil), (4_000, 4_000), (1_000, 2_000), (400, 1_000)].map { Extent(text: $0.0, message: $0.1, alerts: count) }
  }
}

extension TextCost {
  /// The cost in bytes of a text in JSON, escaped.
  package static let json = TextCost(mostPerByte: 6) { character in
    character.utf8.reduce(0) { sum, byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: sum + 2
      case ..<0x20: sum + 6
      default: sum + 1
      }
    }
  }
}
