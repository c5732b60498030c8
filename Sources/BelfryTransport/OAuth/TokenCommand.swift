// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation
internal import Synchronization

/// A program that prints an access token: run without a shell, and not for long.
enum TokenCommand {
  private static let timeLimit = Duration.seconds(10)
  private static let outputLimit = 65_536

  static func token(from command: [String]) async -> TokenStore.Outcome {
    guard let program = command.first, !program.isEmpty else {
      return .failure(TransportFailure(.malformed, "the token command is empty"))
    }
    return await withCheckedContinuation { continuation in
      // Running and reading block, and so happen beside the cooperative pool.
      DispatchQueue.global().async { continuation.resume(returning: run(command, called: program)) }
    }
  }

  private static func run(_ command: [String], called program: String) -> TokenStore.Outcome {
    let process = Process()
    // `env` looks for a program on the PATH, and is no shell.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["--"] + command
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    do { try process.run() } catch {
      return .failure(TransportFailure(.login, "the token command \(program) cannot be run"))
    }
    let watch = Watch(process.processIdentifier)
    DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit / .seconds(1)) { watch.expire() }
    let bytes = output.fileHandleForReading.readData(ofLength: outputLimit)
    watch.end { process.waitUntilExit() }
    if watch.hasExpired { return .failure(TransportFailure(.noToken, "the token command \(program) takes too long")) }
    guard process.terminationStatus == 0 else {
      let status = "ended with status \(process.terminationStatus)"
      return .failure(TransportFailure(.noToken, "the token command \(program) \(status)"))
    }
    let token = Secret(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    guard token.isToken else {
      return .failure(TransportFailure(.login, "the token command \(program) prints no token, or more than one"))
    }
    return .success(AccessToken(secret: token, lifetime: nil))
  }

  /// Kills a program that takes too long, and none that has ended: its number may be another's by then.
  private final class Watch: Sendable {
    private enum State { case running, ended, expired }
    private let state = Mutex(State.running)
    private let process: Int32

    init(_ process: Int32) { self.process = process }

    var hasExpired: Bool { state.withLock { $0 == .expired } }

    func expire() {
      state.withLock { state in
        guard state == .running else { return }
        kill(process, SIGKILL)
        state = .expired
      }
    }

    func end(_ wait: () -> Void) {
      wait()
      state.withLock { if $0 == .running { $0 = .ended } }
    }
  }
}
