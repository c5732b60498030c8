// SPDX-License-Identifier: Apache-2.0

extension NoticeText {
  /// The text, shortened so that `plain` costs at most the limit: long texts end in a note, and the last alerts are
  /// counted instead of listed.
  ///
  /// A limit under 1,000 leaves too little space for the parts that every message has: such a text is the title, and as much
  /// of the headline, the link and the body as fits.
  ///
  /// - Parameters:
  ///   - limit: The most that `plain` may cost.
  ///   - cost: How text is counted.
  /// - Returns: the shorter text.
  public func fitted(to limit: Int, measuring cost: TextCost = .utf16) -> NoticeText {
    if cost.fits(plain, in: limit) { return self }
    if limit < 1_000 { return brief(within: limit, measuring: cost) }
    var text = self
    text.headline = headline.truncated(to: limit / 10, measuring: cost)
    text.title = title.truncated(to: limit / 5, measuring: cost)
    text.why = why.truncated(to: limit / 10, measuring: cost)
    text.facts = facts(within: limit / 4 + 100, each: limit / 12, measuring: cost)
    text.body = ""
    text.groups = []
    // A truncated link does not work.
    if let link, !cost.fits(link, in: limit / 5) { text.link = nil }
    text.acknowledgements = acknowledgements(within: limit / 3, measuring: cost)
    text.linkLabel = linkLabel.truncated(to: limit / 20, measuring: cost)
    let room = limit - cost.of(text.plain) - 4
    text.body = body.truncated(to: groups.isEmpty ? room : room / 3, measuring: cost)
    text.take(from: groups, within: room - cost.of(text.body), measuring: cost)
    return text
  }

  /// The text for a service with short messages.
  private func brief(within limit: Int, measuring cost: TextCost) -> NoticeText {
    var text = self
    (text.body, text.why, text.linkLabel) = ("", "", "")
    (text.groups, text.facts, text.acknowledgements, text.omitted) = ([], [], [], 0)
    let line = title.isEmpty ? summary : title
    // A title of this length still says what is wrong.
    let least = min(cost.of(line), limit / 2)
    // The title of a template is already the headline.
    let headline = headline == line ? "" : headline
    for (headline, link) in [(headline, link), (headline, nil), ("", link)] {
      (text.headline, text.link, text.title) = (headline, link, "")
      let room = limit - cost.of(text.plain) - 4 * cost.mostPerByte
      guard room >= least else { continue }
      text.title = line.truncated(to: room, measuring: cost)
      let rest = limit - cost.of(text.plain) - 4 * cost.mostPerByte
      if rest >= 80 { text.body = body.truncated(to: rest, measuring: cost) }
      if cost.fits(text.plain, in: limit) { return text }
    }
    (text.headline, text.link, text.body) = ("", nil, "")
    text.title = line.truncated(to: limit, measuring: cost)
    return text
  }

  /// The first ones, as many as fit: the three built-in ones always do.
  private func facts(within limit: Int, each: Int, measuring cost: TextCost) -> [Fact] {
    var room = limit
    return Array(
      facts.map { $0.fitted(to: each, measuring: cost) }
        .prefix { fact in
          room -= cost.of(fact.line) + 1
          return room >= 0
        }
    )
  }

  /// The first ones, as many as fit.
  private func acknowledgements(within limit: Int, measuring cost: TextCost) -> [Acknowledgement] {
    var room = limit
    return Array(
      acknowledgements.prefix { acknowledgement in
        room -= cost.of(acknowledgement.line) + 1
        return room >= 0
      }
    )
  }

  /// Adds entries while they fit, and counts the others.
  private mutating func take(from groups: [Group], within limit: Int, measuring cost: TextCost) {
    let total = groups.reduce(0) { $0 + $1.entries.count }
    var room = limit - 40
    var taken = 0
    taking: for group in groups {
      room -= cost.of(group.heading) + 4
      self.groups.append(Group(heading: group.heading, entries: []))
      for entry in group.entries {
        let entry = entry.fitted(to: max(200, limit / 10), measuring: cost)
        room -= cost.of(entry.plain) + 2
        guard room >= 0 else { break taking }
        self.groups[self.groups.endIndex - 1].entries.append(entry)
        taken += 1
      }
    }
    self.groups.removeAll(where: \.entries.isEmpty)
    omitted += total - taken
  }
}

extension NoticeText.Fact {
  fileprivate func fitted(to limit: Int, measuring cost: TextCost) -> NoticeText.Fact {
    NoticeText.Fact(name: name, value: value.truncated(to: limit, measuring: cost))
  }
}

extension NoticeText.Entry {
  fileprivate func fitted(to limit: Int, measuring cost: TextCost) -> NoticeText.Entry {
    var entry = self
    entry.title = title.truncated(to: limit / (facts.isEmpty ? 1 : 4), measuring: cost)
    entry.facts = facts.map { $0.fitted(to: limit / 8, measuring: cost) }
    entry.detail = detail.truncated(to: limit / 3, measuring: cost)
    return entry
  }
}
