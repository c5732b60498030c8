// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Every name is a value that the channel chose: there is no list of fields.
extension Receipt: StoredItem {
  package func encode(into writer: inout JSONWriter) { values.encode(into: &writer) }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let values = try Labels(stored: &reader) else { return nil }
    self.init(values)
  }
}

extension Verdict.Reason: Storable {
  package static let stored = Stored(Verdict.Reason("", "")) { fields in
    fields.required("code", { $0.code }, { $0.code = $1 })
    fields.optional("text", { $0.text }, { $0.text = $1 }, default: "")
    // A class that a newer Belfry added is none here.
    fields.optional("class", { $0.outcome?.rawValue }, { $0.outcome = Verdict.Outcome(rawValue: $1) })
  }
}

extension AttemptMemory: Storable {
  package static let stored = Stored(AttemptMemory()) { fields in
    fields.optional("refusal", { $0.refusal }, { $0.refusal = $1 })
    fields.optional("in_doubt", { $0.isInDoubt }, { $0.isInDoubt = $1 }, default: false)
    fields.optional("cut_off", { $0.cutOff }, { $0.cutOff = $1 }, default: 0)
    fields.optional("may_have_arrived", { $0.mayHaveArrived }, { $0.mayHaveArrived = $1 }, default: false)
  }
}
