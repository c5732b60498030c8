// SPDX-License-Identifier: Apache-2.0

/// A token or a password that cannot be printed: no description, mirror or encoding shows its value.
///
/// A channel puts it into its `Outgoing` unopened; only the transport can read it, when it writes to the network.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  /// Creates an empty secret.
  public init() { text = "" }
  /// Creates a secret that holds `text`.
  public init(_ text: String) { self.text = text }

  /// Whether it is empty.
  public var isEmpty: Bool { text.isEmpty }

  /// Whether it is long enough not to occur in ordinary words by chance.
  package var isRecognisable: Bool { text.utf8.count >= 6 }

  /// The printed form of every secret.
  public static let mask = "‹secret›"
  /// The mask.
  public var description: String { Secret.mask }
  /// The mask.
  public var debugDescription: String { Secret.mask }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The value, only for the transport when it writes to the network.
  package func reveal() -> String { text }
}
