// SPDX-License-Identifier: Apache-2.0

/// The text of a message as a template of `channels.json` gives it.
///
/// It is plain text that may contain anything an alert contains: a channel escapes it like the built-in text.
public struct CustomText: Sendable, Hashable {
  /// The title instead of the built-in one; nil to keep that.
  public var title: String?
  /// The body instead of the built-in one; nil to keep that.
  public var body: String?
  /// The facts instead of the built-in ones; nil to keep those.
  public var fields: [NoticeText.Fact]?
  /// The reason why the template was not used, as a clause; nil if it was.
  public var trouble: String?

  /// Creates a text; without arguments, one that changes nothing.
  public init(
    title: String? = nil,
    body: String? = nil,
    fields: [NoticeText.Fact]? = nil,
    trouble: String? = nil
  ) {
    self.title = title
    self.body = body
    self.fields = fields
    self.trouble = trouble
  }
}
