// SPDX-License-Identifier: Apache-2.0

extension SilenceID {
  /// A new identity, short enough to be read out, and none of those in use.
  package static func make(
    avoiding known: Set<SilenceID>,
    using random: inout some RandomNumberGenerator
  ) -> SilenceID {
    // Of four characters there are half a million; once many are taken, six leave room.
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

  /// Nothing that looks like something else, and no vowels, so that no word comes of it.
  private static let alphabet: [Character] = Array("23456789bcdfghjkmnpqrstvwxz")
}
