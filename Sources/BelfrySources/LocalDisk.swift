// SPDX-License-Identifier: Apache-2.0
internal import BelfryTransport

extension Disk {
  /// The threads on which sources read files.
  static let ofSources = Disk()
}
