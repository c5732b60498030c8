// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Who is at the keyboard.
enum Operator {
  /// `$USER`, or who the system says it is.
  static var name: String {
    let user = ProcessInfo.processInfo.environment["USER"] ?? ""
    return user.isEmpty ? NSUserName() : user
  }
}
