// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine

extension AuditTrail {
  /// The result for people; nil if there is no log yet.
  var text: String? {
    let written = lost > 0 ? ["audit log: \(counted(lost, "row")) could not be written, and the log says so"] : []
    let behind = loss.map { ["ledger: \($0.text)"] } ?? []
    let compared = attempts.lines
    guard !isGood else { return sum.map { ([$0] + written + compared).printedLines } }
    let faults = chain.faults.map { "audit log: " + $0.text }
    let more = chain.faultCount > faults.count ? ["audit log: … and \(chain.faultCount - faults.count) more"] : []
    guard !chain.isGood else { return ([sum].compactMap(\.self) + written + compared + behind).printedLines }
    let advice = ["audit log: it was changed after it was written; see the operator's runbook"]
    return (faults + more + written + compared + behind + advice).printedLines
  }

  private var sum: String? {
    let old = chain.unchained > 0 ? ", after \(counted(chain.unchained, "line")) from before the hash chain" : ""
    guard let first = chain.first, let end = chain.end else {
      return chain.unchained > 0
        ? "audit log: \(counted(chain.unchained, "row")), none of them in a hash chain yet" : nil
    }
    let kept = first > 1 ? "rows \(first) to \(end.number)" : counted(end.number, "row")
    return "audit log: \(kept), none changed or missing\(old)"
  }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("good", chain.isGood && attempts.isGood)
      writer.member("rows", chain.rows)
      writer.member("first", chain.first ?? 0)
      writer.member("last", chain.end?.number ?? 0)
      writer.member("hash", chain.end?.hash)
      writer.member("unchained", chain.unchained)
      writer.member("lost", lost)
      writer.member("lost_commits", loss?.commits ?? 0)
      writer.member("attempts", attempts.matched)
      writer.member("older_attempts", attempts.older)
      writer.key("missing_attempts")
      attempts.missing.encode(into: &writer)
      writer.key("surplus_rows")
      attempts.surplus.encode(into: &writer)
      writer.member("fault_count", chain.faultCount)
      writer.key("faults")
      writer.array(chain.faults) { writer, fault in
        writer.object {
          $0.member("fault", fault.kind.text)
          $0.member("file", fault.place?.file)
          if let line = fault.place?.line { $0.member("line", line) }
        }
      }
    }
  }
}

extension AttemptCheck {
  /// How the rows compare with the ledger; empty where there is nothing to compare.
  fileprivate var lines: [String] {
    guard !isGood else {
      guard matched + older > 0 else { return [] }
      let before =
        older > 0 ? "; \(counted(older, "older attempt")) not compared: the log does not reach back so far" : ""
      return ["audit log: \(counted(matched, "settled attempt")) in the ledger, none without its row\(before)"]
    }
    var lines: [String] = []
    if missing.count > 0 {
      lines.append("audit log: \(counted(missing.count, "settled attempt")) without a row; \(missing.firstText)")
    }
    if surplus.count > 0 {
      lines.append("audit log: \(counted(surplus.count, "row")) that the ledger knows nothing of; \(surplus.firstText)")
    }
    return lines
  }
}

extension AttemptCheck.Difference {
  fileprivate var firstText: String {
    guard let first else { return "the first cannot be read" }
    let moment = at.map { ", \($0.iso8601)" } ?? ""
    return "the first: delivery \(first.delivery), attempt \(first.number)\(moment)"
  }

  fileprivate func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("count", count)
      if let first {
        writer.member("delivery", first.delivery.text)
        writer.member("attempt", first.number)
      }
      if let at { writer.member("at", at.iso8601) }
    }
  }
}

extension ChainCheck.Fault {
  fileprivate var text: String { (place.map { "\($0.file):\($0.line): " } ?? "") + kind.text }
}

extension ChainCheck.Kind {
  fileprivate var text: String {
    switch self {
    case .changed(let number): "row \(number) or the row before it was changed"
    case .missing(let numbers):
      numbers.count == 1
        ? "row \(numbers.lowerBound) is missing" : "rows \(numbers.lowerBound) to \(numbers.upperBound) are missing"
    case .misplaced(let number, let last): "row \(number) comes after row \(last)"
    case .unchained: "this line is not a row of the log: it was added, or changed beyond recognition"
    case .otherEnd(let number): "row \(number) is not the row that Belfry wrote"
    case .added(let numbers):
      "rows \(numbers.lowerBound) to \(numbers.upperBound) come after the last row that Belfry wrote: they were added"
    case .addedInFront(let count): "\(count) line\(count == 1 ? " was" : "s were") added in front of the first row"
    case .noEnd: "the record of its last row is missing, so rows may be missing at the end"
    }
  }
}
