// SPDX-License-Identifier: Apache-2.0

/// A text that may hold secrets: the form that is sent and the form that may be shown, made in one pass.
///
/// Interpolate a `Secret`, or an address of `channels.json`, where it belongs:
///
/// ```swift
/// HTTPExchange(to: "\(settings.api)/bot\(settings.token)/sendMessage", body: writer.sealedText)
/// ```
///
/// Like a `Secret` it cannot be printed: its description is the form that may be shown.
public struct SealedText: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The text with every secret in it masked.
  public private(set) var shown: String
  /// The whole text if there is a secret in it; otherwise empty.
  public private(set) var sealed: Secret

  /// Creates a text of its two forms; `sealed` is empty if there is no secret in it.
  public init(shown: String = "", sealed: Secret = Secret()) {
    self.shown = shown
    self.sealed = sealed
  }

  /// Creates a text without a secret.
  public init(stringLiteral value: String) { self.init(shown: value) }

  /// Creates a text of the parts of a string literal.
  public init(stringInterpolation parts: StringInterpolation) { self = parts.text }

  /// Whether there is a secret in it.
  public var hasSecret: Bool { !sealed.isEmpty }

  /// The number of bytes that are sent.
  public var byteCount: Int { whole.utf8.count }

  /// The text with every secret in it masked.
  public var description: String { shown }

  /// The text that is sent.
  private var whole: String { hasSecret ? sealed.reveal() : shown }

  /// The bytes that are sent, for what is computed from them.
  package var bytes: [UInt8] { Array(whole.utf8) }

  /// Adds a text at the end.
  public mutating func append(_ other: SealedText) {
    if hasSecret || other.hasSecret { sealed = Secret(whole + other.whole) }
    shown += other.shown
  }

  /// The parts of a string literal, in their order.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = SealedText()

    /// Begins an empty text.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Adds a part of the literal.
    public mutating func appendLiteral(_ literal: String) { text.append(SealedText(shown: literal)) }

    /// Adds a value that may be shown.
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text.append(SealedText(shown: value.description))
    }

    /// Adds a secret: it is sent, and shown as `‹secret›`.
    public mutating func appendInterpolation(_ secret: Secret) {
      if !secret.isEmpty { text.append(SealedText(shown: Secret.mask, sealed: secret)) }
    }

    /// Adds another text with its secrets.
    public mutating func appendInterpolation(_ other: SealedText) { text.append(other) }

    /// Adds an address of `channels.json` with its secrets.
    public mutating func appendInterpolation(_ address: WebAddress) {
      text.append(SealedText(shown: address.text, sealed: address.sealed))
    }

    /// Adds a value as it is written in a form or in a query: percent-encoded.
    public mutating func appendInterpolation(percentEncoded value: String) {
      text.append(SealedText(shown: value.percentEncoded))
    }

    /// Adds a secret as it is written in a form or in a query: percent-encoded.
    public mutating func appendInterpolation(percentEncoded secret: Secret) {
      appendInterpolation(Secret(secret.reveal().percentEncoded))
    }
  }
}

extension String {
  /// The text with every byte except `A-Z a-z 0-9 - . _ ~` percent-encoded (RFC 3986 §2.1): it can stand in a query and in
  /// a form.
  public var percentEncoded: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
