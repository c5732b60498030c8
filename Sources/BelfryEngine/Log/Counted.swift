// SPDX-License-Identifier: Apache-2.0

/// `1 error`, `2 errors`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// `once`, `3 times`.
package func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
