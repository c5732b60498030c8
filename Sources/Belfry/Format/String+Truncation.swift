// SPDX-License-Identifier: Apache-2.0

/// What a character counts for in the limit of a service.
public typealias CharacterCost = @Sendable (Character) -> Int

extension String {
  /// The text cut to a limit, visibly: `the first words… 1,234 more characters`.
  ///
  /// The cut is between two characters as a person sees them, so it splits neither an emoji nor an accent from its letter.
  ///
  /// - Parameters:
  ///   - limit: what the result may cost, its note included. Where not even the note fits, it is `…`, or nothing.
  ///   - cost: what a character counts for; UTF-16 units by default, the most that services count.
  /// - Returns: the text as it is, or shorter with a note.
  public func truncated(to limit: Int, measuring cost: CharacterCost = { $0.utf16.count }) -> String {
    // No character costs less than nothing, and most texts are short: look no further than needed.
    guard self.cost(measuring: cost, stoppingAbove: limit) > limit else { return self }
    let total = count
    let note = String.note(ofCut: total)
    let room = limit - note.cost(measuring: cost)
    guard room >= 0 else { return limit >= 1 ? "…" : "" }
    var spent = 0
    var kept = 0
    let head = prefix { character in
      spent += cost(character)
      if spent <= room { kept += 1 }
      return spent <= room
    }
    return head + String.note(ofCut: total - kept)
  }

  /// What the text costs.
  ///
  /// Counting stops once it is above a bound.
  package func cost(measuring cost: CharacterCost, stoppingAbove bound: Int = .max) -> Int {
    var total = 0
    for character in self {
      total += cost(character)
      if total > bound { break }
    }
    return total
  }

  private static func note(ofCut count: Int) -> String { "… \(count.grouped) more character\(count == 1 ? "" : "s")" }
}
