// SPDX-License-Identifier: Apache-2.0
import Belfry

/// Random numbers that depend only on a seed (SplitMix64), with the functions that the scripts need.
struct Chance: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator independent of others with the same seed.
  init(seed: UInt64, _ name: String) { state = Chance.hash(seed, name) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
  mutating func percent(_ chance: Int) -> Bool { below(100) < chance }
  mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(Int.random(in: range, using: &self)) }
  mutating func minutes(_ range: ClosedRange<Int>) -> Duration {
    seconds(range.lowerBound * 60...range.upperBound * 60)
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }

  /// A wait with the mean `mean`: between an eighth of it and four times it, short ones more often.
  mutating func wait(around mean: Duration) -> Duration {
    let eighths = [1, 2, 3, 4, 6, 8, 10, 14, 20].randomElement(using: &self) ?? 8
    return .seconds(max(1, Int(mean.components.seconds) * eighths / 8 + below(60)))
  }

  /// A number that depends only on the seed and texts.
  static func hash(_ seed: UInt64, _ texts: String...) -> UInt64 {
    var hash = StableHash()
    for text in texts {
      hash.combine(text.utf8)
      hash.combine([0])
    }
    var chance = Chance(seed: seed ^ hash.value)
    return chance.next()
  }
}
