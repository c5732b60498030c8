// SPDX-License-Identifier: Apache-2.0

/// What the attempts at a delivery leave for the next one.
package struct AttemptMemory: Sendable, Hashable {
  /// Why the message was refused as it was: from then on it goes in its plainest form.
  package var refusal: Verdict.Reason?
  /// Whether the last attempt may have arrived: it was sent and the answer was lost, or its process died before it said
  /// what came of it.
  package var isInDoubt: Bool
  /// How many attempts their process did not outlive: they say nothing against the channel.
  package var cutOff: Int

  package init(refusal: Verdict.Reason? = nil, isInDoubt: Bool = false, cutOff: Int = 0) {
    self.refusal = refusal
    self.isInDoubt = isInDoubt
    self.cutOff = cutOff
  }

  package var isEmpty: Bool { self == AttemptMemory() }
}

extension AttemptMemory {
  /// Writes it so that `init(stored:)` reads it back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    if let refusal {
      writer.key("refusal")
      refusal.encode(into: &writer)
    }
    if isInDoubt {
      writer.key("in_doubt")
      writer.bool(true)
    }
    if cutOff > 0 {
      writer.key("cut_off")
      writer.int(cutOff)
    }
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var memory = AttemptMemory()
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      switch name {
      case "refusal":
        guard let reason = try Verdict.Reason(stored: &reader) else { return false }
        memory.refusal = reason
      case "in_doubt":
        try reader.skip()
        memory.isInDoubt = true
      case "cut_off":
        guard let count = try StoredForm.int(&reader) else { return false }
        memory.cutOff = count
      default: try reader.skip()
      }
      return true
    }
    guard isRead else { return nil }
    self = memory
  }
}
