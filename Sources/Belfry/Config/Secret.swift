// SPDX-License-Identifier: Apache-2.0

/// A token or a password that cannot be printed: no description, mirror or encoding of it shows what it holds.
///
/// A channel puts it into its `Outgoing` unopened; only the transport, as it writes to the wire, can read it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  /// Creates an empty secret: none was given.
  public init() { text = "" }
  /// Creates a secret that holds `text`.
  public init(_ text: String) { self.text = text }

  /// Whether there is none.
  public var isEmpty: Bool { text.isEmpty }

  /// Whether it is long enough not to match ordinary words by chance.
  package var isRecognisable: Bool { text.utf8.count >= 6 }

  /// What every printed form of a secret reads.
  public static let mask = "‹secret›"
  /// The mask.
  public var description: String { Secret.mask }
  /// The mask.
  public var debugDescription: String { Secret.mask }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// What the secret is, for the transport as it writes to the wire, and for nothing else.
  package func reveal() -> String { text }
}
