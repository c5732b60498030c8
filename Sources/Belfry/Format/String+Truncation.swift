// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text cut visibly to a limit: `the first words… 1,234 more characters`.
  ///
  /// It is cut between user-perceived characters, so it splits neither an emoji nor an accent from its letter.
  ///
  /// - Parameters:
  ///   - limit: The most that the result may cost, including the note. If not even the note fits, the result is `…`, or
  ///     empty.
  ///   - cost: How text is counted.
  /// - Returns: the text unchanged, or shortened with a note.
  public func truncated(to limit: Int, measuring cost: TextCost = .utf16) -> String {
    guard !cost.fits(self, in: limit) else { return self }
    let total = count
    let room = limit - cost.of(String.note(ofCut: total))
    guard room >= 0 else { return limit >= 1 ? "…" : "" }
    var spent = 0
    var kept = 0
    let head = prefix { character in
      spent += cost.ofCharacter(character)
      if spent <= room { kept += 1 }
      return spent <= room
    }
    return head + String.note(ofCut: total - kept)
  }

  private static func note(ofCut count: Int) -> String { "… \(count.grouped) more character\(count == 1 ? "" : "s")" }
}
