// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension SilenceID {
  /// A new ID, short enough to read out, that is not in use.
  package static func make(
    avoiding known: Set<SilenceID>,
    using random: inout some RandomNumberGenerator
  ) -> SilenceID {
    // There are half a million IDs of four characters; once many are used, six characters leave space.
    var length = known.count < 10_000 ? 4 : 6
    while true {
      for _ in 0..<100 {
        let letters = (0..<length).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
        let id = SilenceID(String(letters))
        if !known.contains(id) { return id }
      }
      length += 1
    }
  }

  /// Without characters that look alike, and without vowels, so that no words appear.
  private static let alphabet: [Character] = Array("23456789bcdfghjkmnpqrstvwxz")
}
