// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import Synchronization

/// Reads `channels.json` again, and remembers which of the server's files were found valid.
final class ConfigurationReload: Sendable {
  private let file: ConfigurationOption
  private let known: Mutex<TLSSettings?>
  /// The channel kinds at the start: a reload may run in a task that does not inherit them.
  private let kinds = LinkedKinds.current

  init(_ file: ConfigurationOption, after configuration: Configuration) {
    self.file = file
    known = Mutex(configuration.server?.tls)
  }

  func read() -> ReadConfiguration {
    let read = LinkedKinds.$current.withValue(kinds) { file.readAgainToServe(knowing: known.withLock { $0 }) }
    if let configuration = read.configuration { known.withLock { $0 = configuration.server?.tls } }
    return read
  }
}
