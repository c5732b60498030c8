// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What one kind of hold remembers between runs.
package protocol HoldMemory: Storable, Hashable {
  /// Its name in the ledger; it never changes.
  static var storedName: StaticString { get }
  /// Reads what a Belfry wrote up to version 7 of the ledger: a list of texts, without the kind in front.
  init?(olderTexts: [String])
  /// The same after the clock was set; `longest` is the longest wait that the kind's rules can set.
  func following(_ step: ClockStep, longest: Duration) -> Self
  /// Whether it was worth nothing any more at a moment, if no alert waited in the hold and no timer was set for it.
  func isOver(at moment: Instant) -> Bool
}

extension HoldMemory {
  package init?(olderTexts: [String]) { return nil }
  package func following(_ step: ClockStep, longest: Duration) -> Self { self }
}

/// What a hold remembers between runs, whatever its kind.
package struct HoldState: Sendable, Hashable {
  let memory: any HoldMemory

  init(_ memory: some HoldMemory) { self.memory = memory }

  /// The state as that of one kind; nil if it is of another.
  package func `as`<Memory: HoldMemory>(_ kind: Memory.Type) -> Memory? { memory as? Memory }

  /// Whether it was worth nothing any more at a moment, if no alert waited in the hold and no timer was set for it.
  package func isOver(at moment: Instant) -> Bool { memory.isOver(at: moment) }

  package static func == (left: HoldState, right: HoldState) -> Bool { left.memory.isEqual(right.memory) }
  package func hash(into hasher: inout Hasher) { memory.hash(into: &hasher) }
}

extension HoldMemory {
  fileprivate func isEqual(_ other: any HoldMemory) -> Bool { (other as? Self) == self }
}

/// For holds that remember nothing.
struct NoMemory: HoldMemory {
  static let storedName: StaticString = "nothing"
  static let stored = Stored(NoMemory()) { _ in }
  func isOver(at moment: Instant) -> Bool { true }
}

extension HoldState: StoredItem {
  /// Writes one member, whose name says what kind of state it is.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(type(of: memory).storedName.description)
    memory.encode(into: &writer)
    writer.endObject()
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    if try reader.peek() == .array {
      guard let texts = try StoredForm.list(&reader, StoredForm.string), let state = HoldState(olderTexts: texts) else {
        return nil
      }
      self = state
      return
    }
    var found: HoldState?
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      guard let kind = HoldState.kinds.first(where: { $0.storedName ~= name }) else {
        try reader.skip()
        return true
      }
      found = try kind.read(&reader)
      return found != nil
    }
    guard isRead, let found else { return nil }
    self = found
  }

  private init?(olderTexts texts: [String]) {
    guard let kind = HoldState.kinds.first(where: { $0.storedName.description == texts.first }),
      let state = kind.read(olderTexts: Array(texts.dropFirst()))
    else { return nil }
    self = state
  }

  private static let kinds: [any HoldMemory.Type] = RuleKinds.holds.map { $0.memoryKind }
}

extension Hold {
  fileprivate static var memoryKind: any HoldMemory.Type { State.self }
}

extension HoldMemory {
  fileprivate static func read(_ reader: inout JSONReader) throws(JSONProblem) -> HoldState? {
    try Self(stored: &reader).map { HoldState($0) }
  }
  fileprivate static func read(olderTexts: [String]) -> HoldState? {
    Self(olderTexts: olderTexts).map { HoldState($0) }
  }
}
