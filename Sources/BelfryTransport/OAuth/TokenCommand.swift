// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

/// A program that prints an access token, run without a shell and with a short time limit.
enum TokenCommand {
  private static let limits = ProcessLimits(total: .seconds(10), grace: .seconds(1), outputBytes: 65_536)

  /// The process to run; `env` finds the command on the PATH and is not a shell.
  ///
  /// It is the operator's own program and needs its usual login, so it gets our whole environment.
  static func run(_ command: [String]) throws(TransportFailure) -> ProcessRun {
    guard command.first?.isEmpty == false else { throw TransportFailure(.malformed, "the token command is empty") }
    return ProcessRun(
      path: "/usr/bin/env",
      arguments: ["--"] + command,
      environment: ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }.map {
        EnvironmentVariable($0.key, secret: Secret($0.value))
      },
      limits: limits
    )
  }

  /// The token that it printed, or the reason why there is none.
  ///
  /// The reason contains nothing of the output.
  static func token(in reply: Reply, of command: [String]) -> TokenStore.Outcome {
    let name = "the token command \(command.first ?? "")"
    switch reply {
    case .process(let ended): return token(in: ended, name)
    case .failed(let failure) where failure.kind == .timedOutAfterSending:
      return .failure(TransportFailure(.noToken, "\(name) timed out"))
    case .failed(let failure):
      return .failure(TransportFailure(.login, "\(name) cannot be run: \(failure.kind.rawValue)"))
    case .http, .mail, .appended: return .failure(TransportFailure(.other, "\(name) could not be run"))
    }
  }

  private static func token(in ended: ProcessReply, _ name: String) -> TokenStore.Outcome {
    switch ended.end {
    case .signalled(let number): return .failure(TransportFailure(.noToken, "\(name) was killed by signal \(number)"))
    case .exited(0): break
    // `env` ends with this status if it does not find a program, which may be installed later.
    case .exited(let status): return .failure(TransportFailure(.noToken, "\(name) exited with status \(status)"))
    }
    let token = Secret(String(decoding: ended.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    guard token.isToken else {
      return .failure(TransportFailure(.login, "\(name) printed no token, or more than one"))
    }
    return .success(AccessToken(secret: token, lifetime: nil))
  }
}
