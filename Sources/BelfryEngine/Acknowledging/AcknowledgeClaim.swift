// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The content of an acknowledgement link: the alert that it can acknowledge, and until when.
package struct AcknowledgeClaim: Sendable, Hashable {
  /// The only alert it is valid for.
  package var alert: AlertKey
  /// The channel whose message contains it.
  package var channel: ChannelName
  /// When that message was made; the claim covers the alert as it was active then, not a later firing.
  package var madeAt: Instant
  /// When it expires.
  package var expiresAt: Instant

  /// Creates a claim.
  package init(alert: AlertKey, channel: ChannelName, madeAt: Instant, expiresAt: Instant) {
    self.alert = alert
    self.channel = channel
    self.madeAt = madeAt
    self.expiresAt = expiresAt
  }

  /// Whether the alert is still the one in the message: active, and not since a later time.
  package func means(_ record: AlertRecord) -> Bool {
    record.alert.key == alert && record.isActive && record.firedAt <= madeAt
  }

  /// The name recorded as the operator: the recipient of the message, because no operator's name is known.
  package var operatorName: String { "the link sent to \(channel.name)" }
}

// MARK: - The token

extension AcknowledgeClaim {
  private static let version: UInt8 = 1
  /// The version, two times and two lengths.
  private static let fixedBytes = 1 + 8 + 8 + 1 + 1

  /// The claim and its signature, encoded for a URL; the same claim and key always give the same text.
  ///
  /// - Returns: nil if a name is longer than allowed.
  package func token(signedWith key: LinkKey) -> String? {
    let (channel, source) = (Array(channel.name.utf8), Array(alert.source.name.utf8))
    guard let channelCount = UInt8(exactly: channel.count), let sourceCount = UInt8(exactly: source.count) else {
      return nil
    }
    var bytes = [AcknowledgeClaim.version] + madeAt.bigEndianBytes + expiresAt.bigEndianBytes
    bytes += [channelCount] + channel + [sourceCount] + source + Array(alert.id.utf8)
    return Base64URL.text(of: bytes + key.code(of: bytes))
  }

  /// Reads a token; nil unless it was signed with this key.
  ///
  /// The caller must check whether it has expired.
  package init?(token: String, signedWith key: LinkKey) {
    guard token.utf8.count <= AcknowledgeLinks.longest, let all = Base64URL.bytes(of: token) else { return nil }
    let bytes = Array(all.dropLast(SHA256.byteCount))
    guard bytes.count >= AcknowledgeClaim.fixedBytes,
      SHA256.isEqual(Array(all.suffix(SHA256.byteCount)), key.code(of: bytes)), bytes[0] == AcknowledgeClaim.version
    else { return nil }
    var rest = bytes.dropFirst()
    func take(_ count: Int) -> ArraySlice<UInt8> {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    madeAt = Instant(bigEndianBytes: take(8))
    expiresAt = Instant(bigEndianBytes: take(8))
    channel = ChannelName(String(decoding: take(Int(take(1).first ?? 0)), as: UTF8.self))
    let source = SourceName(String(decoding: take(Int(take(1).first ?? 0)), as: UTF8.self))
    alert = AlertKey(source: source, id: String(decoding: rest, as: UTF8.self))
  }
}

extension Instant {
  fileprivate var bigEndianBytes: [UInt8] {
    (0..<8).reversed().map { UInt8(truncatingIfNeeded: microseconds >> ($0 * 8)) }
  }

  fileprivate init(bigEndianBytes bytes: ArraySlice<UInt8>) {
    self.init(microseconds: bytes.reduce(0) { $0 << 8 | Int64($1) })
  }
}
