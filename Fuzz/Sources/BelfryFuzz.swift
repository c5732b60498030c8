// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The fuzz targets, by name; libFuzzer, which has the program's `main`, runs the one in `BELFRY_FUZZ_TARGET`.
///
/// A target is a function that must return whatever bytes it gets, and that ends the program if a property does not
/// hold.
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
  "templates": fuzzTemplates,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = ProcessInfo.processInfo.environment["BELFRY_FUZZ_TARGET"] ?? ""
  if let target = targets[name] { return target }
  print("Set BELFRY_FUZZ_TARGET to one of: \(targets.keys.sorted().joined(separator: ", "))")
  exit(2)
}()

/// The entry point that libFuzzer calls (FuzzerInterface.h).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// Ends the program if a property does not hold, so that libFuzzer keeps the input.
func expect(_ holds: Bool, _ property: @autoclosure () -> String) {
  if !holds { fatalError("does not hold: " + property()) }
}
