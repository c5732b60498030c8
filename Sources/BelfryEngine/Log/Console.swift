// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport
package import Logging
internal import Tracing

/// The operator's log while the notifier runs: one line per decision, delivery and problem, each with its time.
package struct Console: Sendable {
  private let logger: Logger
  /// Makes the logger of a library.
  private let library: @Sendable (String) -> Logger
  /// Whether lines have their fields: in text format the message is complete without them.
  private let hasFields: Bool

  /// Makes a console; `print` receives each line without its line break, and must not wait for a reader.
  package init(time: any TimeSource, format: LogFormat = .text, print: @escaping @Sendable (String) -> Void) {
    var handler = LineHandler(time: time, format: format, print: print)
    handler.metadataProvider = Console.trace
    logger = Logger(label: "belfry") { [handler] _ in handler }
    hasFields = format == .json
    library = { [handler] name in
      var handler = handler
      handler.library = name
      return Logger(label: "belfry.\(name)") { [handler] _ in handler }
    }
  }

  /// Makes a console that writes to the logger of a program that Belfry is part of.
  package init(_ logger: Logger) {
    self.logger = logger
    hasFields = true
    library = { name in
      var logger = logger
      logger[metadataKey: "library"] = "\(name)"
      return logger
    }
  }

  /// The current span, to which a line belongs.
  private static let trace = Logger.MetadataProvider {
    guard let trace = InstrumentationContext.current?.trace else { return [:] }
    return ["trace_id": "\(trace.trace)", "span_id": "\(trace.spanText)"]
  }

  /// Logs something that went as expected, with its subject.
  package func say(_ text: String, _ fields: LogField...) { log(.info, text) { fields } }
  /// The same with a group of fields, and more; they are only made if they are written.
  package func say(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.info, text) { fields() + more }
  }
  /// Logs something unexpected that recovers by itself or is retried.
  package func warn(_ text: String, _ fields: LogField...) { log(.warning, text) { fields } }
  /// The same with a group of fields, and more; they are only made if they are written.
  package func warn(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.warning, text) { fields() + more }
  }
  /// Logs a loss, or something that stays broken until someone fixes it.
  package func fail(_ text: String, _ fields: LogField...) { log(.error, text) { fields } }
  /// The same with a group of fields, and more; they are only made if they are written.
  package func fail(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.error, text) { fields() + more }
  }

  /// A logger for a library, whose lines then appear in this log in the same format.
  package func logger(for library: String, atLeast level: Logger.Level) -> Logger {
    var logger = self.library(library)
    logger.logLevel = level
    return logger
  }

  /// Writes a line.
  ///
  /// There is a line per decision and delivery, so fields are only made where they are written.
  private func log(_ level: Logger.Level, _ text: String, _ fields: () -> [LogField]) {
    let metadata = hasFields ? Logger.Metadata(fields().map { ($0.name.rawValue, $0.value) }) { $1 } : nil
    logger.log(level: level, "\(text)", metadata: metadata)
  }
}
