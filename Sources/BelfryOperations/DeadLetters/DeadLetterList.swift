// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy

/// Lists dead letters, the latest first, a page at a time.
package struct DeadLetterList: Sendable {
  package private(set) var letters: [DeadLetter] = []
  /// How many there are, on other pages too.
  package private(set) var count = 0
  /// The last one of this page; nil when no more follow.
  package private(set) var cursor: String?

  package init() {}

  /// Reads a page: those of one channel, or of all without one, after the letter with which the page before ended.
  ///
  /// It throws an `OperationRefusal` when the letter that `cursor` names is no dead letter any more.
  package static func read(
    _ ledger: any DeliveryQueue & History,
    _ configuration: Configuration,
    channel: String?,
    after cursor: String? = nil,
    limit: Int
  ) async throws -> DeadLetterList {
    let all = try await ledger.deadLetters(limit: .max).filter {
      channel == nil || $0.delivery.channel.name == channel
    }
    var rest = all[...]
    if let cursor {
      guard let index = all.firstIndex(where: { $0.delivery.id.text == cursor }) else {
        throw OperationRefusal(.invalid, "cursor: this dead letter no longer exists. Start again without a cursor.")
      }
      rest = all[(index + 1)...]
    }
    var list = DeadLetterList()
    let page = rest.prefix(max(0, limit))
    list.count = all.count
    list.letters = page.map { DeadLetter($0, configuration) }
    list.cursor = rest.count > page.count ? page.last?.delivery.id.text : nil
    return list
  }

  package func text(_ time: TimeText) -> String {
    guard count > 0 else { return "no dead letters" }
    let more = count > letters.count ? ["… and \(count - letters.count) older; --limit \(count) shows all"] : []
    return (letters.map { $0.line(time) } + more + ["for details and what to do: belfry dead show ID"]).printedLines
  }

  package func encode(into writer: inout JSONWriter) {
    writer.array(letters) { $1.encode(into: &$0) }
  }
}
