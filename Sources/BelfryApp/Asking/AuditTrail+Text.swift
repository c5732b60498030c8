// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon

extension AuditTrail {
  /// The result for people; nil if there is no log yet.
  var text: String? {
    let written = lost > 0 ? ["audit log: \(counted(lost, "row")) could not be written, and the log says so"] : []
    let behind = loss.map { ["ledger: \($0.text)"] } ?? []
    guard !isGood else { return sum.map { ([$0] + written).printedLines } }
    let faults = chain.faults.map { "audit log: " + $0.text }
    let more = chain.faultCount > faults.count ? ["audit log: … and \(chain.faultCount - faults.count) more"] : []
    guard !chain.isGood else { return ([sum].compactMap(\.self) + written + behind).printedLines }
    let advice = ["audit log: it was changed after it was written; see the operator's runbook"]
    return (faults + more + written + behind + advice).printedLines
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
      writer.member("good", chain.isGood)
      writer.member("rows", chain.rows)
      writer.member("first", chain.first ?? 0)
      writer.member("last", chain.end?.number ?? 0)
      writer.member("hash", chain.end?.hash)
      writer.member("unchained", chain.unchained)
      writer.member("lost", lost)
      writer.member("lost_commits", loss?.commits ?? 0)
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
