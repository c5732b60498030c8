// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Belfry

@Suite("A search for a secret")
struct SearchPatternTests {
  /// A byte that counts how often it is compared.
  private struct CountedByte: Equatable, Sendable {
    let byte: UInt8
    let counter: Counter

    static func == (left: CountedByte, right: CountedByte) -> Bool {
      left.counter.comparisons.wrappingAdd(1, ordering: .relaxed)
      return left.byte == right.byte
    }
  }

  private final class Counter: Sendable {
    let comparisons = Atomic(0)

    func counted(_ text: String) -> [CountedByte] { text.utf8.map { CountedByte(byte: $0, counter: self) } }

    func take() -> Int { comparisons.exchange(0, ordering: .relaxed) }
  }

  @Test(
    "compares at most three bytes for each byte of the text, even if the text is full of beginnings of the secret",
    arguments: [
      (String(repeating: "a", count: 1_000) + "b", "a"), ("b" + String(repeating: "a", count: 1_000), "a"),
      (String(repeating: "ab", count: 500) + "c", "ab"), (String(repeating: "aab", count: 300) + "c", "aab"),
      ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgE."),
    ]
  )
  func work(secret: String, part: String) {
    let counter = Counter()
    let pattern = SearchPattern(counter.counted(secret))
    #expect(counter.take() <= 3 * secret.utf8.count)
    let filler = String(repeating: part, count: 10_000 / part.utf8.count)
    for text in [filler, filler + secret, filler + secret + filler] {
      let found = pattern.occurrences(in: counter.counted(text))
      #expect(counter.take() <= 3 * text.utf8.count)
      #expect(found.isEmpty == (text == filler))
    }
  }
}
