// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Makes delivery IDs: UUIDs of version 7 (RFC 9562 §5.7) that grow with time, and within one millisecond by a counter.
package struct DeliveryIDSource: Sendable {
  private var generator: any RandomNumberGenerator & Sendable
  private var lastMillisecond: UInt64 = 0
  private var counter: UInt16 = 0

  /// - Parameter generator: The source of random bits; a seeded one gives the same IDs again.
  package init(generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
    self.generator = generator
  }

  /// A new ID, greater than all IDs that this source made before, even if the clock steps back.
  package mutating func next(at now: Instant) -> DeliveryID {
    let millisecond = UInt64(max(0, now.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
    if millisecond > lastMillisecond {
      lastMillisecond = millisecond
      counter = UInt16.random(in: 0...0x0FF, using: &generator)
    } else if counter < 0xFFF {
      counter += 1
    } else {
      lastMillisecond += 1
      counter = 0
    }
    let high = lastMillisecond << 16 | 0x7000 | UInt64(counter)
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return DeliveryID(DeliveryIDSource.spell(high, low))
  }

  /// The ID of the delivery that replaces another one on a channel.
  ///
  /// It is derived from both, so that computing it twice gives the same ID.
  package static func successor(of id: DeliveryID, on channel: ChannelName, at now: Instant) -> DeliveryID {
    var hash = StableHash()
    hash.combine("\(id) → \(channel)".utf8)
    let millisecond = UInt64(max(0, now.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
    return DeliveryID(
      spell(millisecond << 16 | 0x7000 | hash.value >> 52, hash.value & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63)
    )
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Writes 128 bits as a UUID, in groups of 8, 4, 4, 4 and 12 digits.
  private static func spell(_ high: UInt64, _ low: UInt64) -> String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        let nibble = Int(word >> UInt64((15 - index % 16) * 4) & 0xF)
        buffer[position] = digits[nibble]
        position += 1
      }
      return 36
    }
  }
}
