// SPDX-License-Identifier: Apache-2.0

/// A value is not of the form that a test needs to continue.
package struct Unexpected: Error, CustomStringConvertible {
  package let description: String

  package init(_ found: Any? = nil) { description = found.map { "unexpected: \($0)" } ?? "unexpected" }
}
