// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What libFuzzer runs, which has the program's `main`: the target that `BELFRY_FUZZ_TARGET` names.
///
/// A target is a function that must come to its end whatever bytes it gets, and ends the program itself where a property
/// does not hold.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "configuration": fuzzConfiguration,
  "alerts": fuzzAlerts,
  "answers": fuzzAnswers,
  "dialogue": fuzzDialogue,
  "mail": fuzzMail,
  "patterns": fuzzPatterns,
  "programs": fuzzPrograms,
  "audit": fuzzAudit,
  "requests": fuzzRequests,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = ProcessInfo.processInfo.environment["BELFRY_FUZZ_TARGET"] ?? ""
  if let target = targets[name] { return target }
  print("Set BELFRY_FUZZ_TARGET to one of: \(targets.keys.sorted().joined(separator: ", "))")
  exit(2)
}()

/// The one function that libFuzzer asks for (FuzzerInterface.h).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// Ends the program where a property does not hold, so that libFuzzer keeps the bytes.
func expect(_ holds: Bool, _ property: @autoclosure () -> String) {
  if !holds { fatalError("does not hold: " + property()) }
}
