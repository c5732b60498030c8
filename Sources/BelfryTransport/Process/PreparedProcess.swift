// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A program that can be started: nothing in what it is given would be cut short by the system.
struct PreparedProcess: Sendable {
  let run: ProcessRun

  init(_ run: ProcessRun) throws(TransportFailure) {
    guard run.path.hasPrefix("/"), run.folder.hasPrefix("/") else {
      throw TransportFailure(.notStarted, "the program and its folder must be absolute paths")
    }
    guard !([run.path, run.folder] + run.arguments).contains(where: { $0.utf8.contains(0) }) else {
      throw TransportFailure(.malformed, "the program, its folder or an argument holds a NUL byte")
    }
    for variable in run.environment {
      let isName = !variable.name.isEmpty && !variable.name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "=") }
      guard isName, !variable.value.revealed.utf8.contains(0) else {
        let isSecret = if case .secret = variable.value { isName } else { false }
        let text = "the environment variable \(variable.name) cannot be set"
        throw TransportFailure(isSecret ? .unusableSecret : .malformed, text)
      }
    }
    self.run = run
  }

  /// The environment as the system takes it; it holds secrets.
  var environment: [String] { run.environment.map { "\($0.name)=\($0.value.revealed)" } }

  var arguments: [String] { [run.path] + run.arguments }
}
