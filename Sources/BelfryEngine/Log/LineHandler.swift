// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Logging

/// Turns log messages into lines: of Belfry itself, and of the libraries that use its logger.
struct LineHandler: LogHandler {
  let time: any TimeSource
  let format: LogFormat
  let print: @Sendable (String) -> Void
  /// The library that logs; nil for Belfry itself.
  var library: String?
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  var metadataProvider: Logger.MetadataProvider?

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: Logging.LogEvent) {
    var line = LogLine(at: time.now(), event.level, event.message.description)
    line.library = library
    line.fields = metadata
    for more in [metadataProvider?.get(), event.metadata] { line.fields.merge(more ?? [:]) { $1 } }
    if let error = event.error { line.fields["error"] = "\(error)" }
    print(line.text(format))
  }
}
