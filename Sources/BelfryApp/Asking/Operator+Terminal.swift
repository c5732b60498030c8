// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import Foundation

extension Operator {
  /// The user at the command line, or the one that an option names.
  static func atTerminal(_ named: String? = nil) -> Operator { Operator((named ?? user).oneLine, .cli) }

  /// `$USER`, or the name that the system has for the user.
  static var user: String {
    let user = ProcessInfo.processInfo.environment["USER"] ?? ""
    return user.isEmpty ? NSUserName() : user
  }
}
