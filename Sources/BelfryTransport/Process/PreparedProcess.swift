// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A validated program run: nothing in its arguments or environment would be cut short by the system.
struct PreparedProcess: Sendable {
  let run: ProcessRun
  /// The program and its command-line arguments; the arguments may hold secrets.
  let path: String
  let arguments: [String]

  init(_ run: ProcessRun) throws(TransportFailure) {
    path = run.sealed.path.isEmpty ? run.path : run.sealed.path.reveal()
    let sealed = run.sealed.arguments
    arguments =
      [path]
      + run.arguments.enumerated().map { index, shown in
        index < sealed.count && !sealed[index].isEmpty ? sealed[index].reveal() : shown
      }
    guard path.hasPrefix("/"), run.folder.hasPrefix("/") else {
      throw TransportFailure(.notStarted, "the program and its folder must be absolute paths")
    }
    guard !([run.folder] + arguments).contains(where: { $0.utf8.contains(0) }) else {
      throw TransportFailure(.malformed, "the program, its folder or an argument contains a NUL byte")
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

  /// The environment in the system's format; it holds secrets.
  var environment: [String] { run.environment.map { "\($0.name)=\($0.value.revealed)" } }
}
