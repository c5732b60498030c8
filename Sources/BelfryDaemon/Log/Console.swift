// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport
package import Logging
internal import Tracing

/// What the operator sees while the notifier runs: a line per decision, delivery and trouble, each with its time.
package struct Console: Sendable {
  private let handler: LineHandler
  private let logger: Logger

  /// Makes a console; `print` is given each line without its line break, and must not wait for whoever reads it.
  package init(time: any TimeSource, format: LogFormat = .text, print: @escaping @Sendable (String) -> Void) {
    var handler = LineHandler(time: time, format: format, print: print)
    handler.metadataProvider = Console.trace
    self.handler = handler
    logger = Logger(label: "belfry") { [handler] _ in handler }
  }

  /// To which span a line belongs, where one is current.
  private static let trace = Logger.MetadataProvider {
    guard let trace = InstrumentationContext.current?.trace else { return [:] }
    return ["trace_id": "\(trace.trace)", "span_id": "\(trace.spanText)"]
  }

  /// Says what went as it should, with what it is about.
  package func say(_ text: String, _ fields: LogField...) { log(.info, text) { fields } }
  /// The same with fields that belong together, and more; they are made only where they are written.
  package func say(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.info, text) { fields() + more }
  }
  /// Says what needs a look, but mends itself or is tried again.
  package func warn(_ text: String, _ fields: LogField...) { log(.warning, text) { fields } }
  /// The same with fields that belong together, and more; they are made only where they are written.
  package func warn(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.warning, text) { fields() + more }
  }
  /// Says what is lost, or stays broken until somebody mends it.
  package func fail(_ text: String, _ fields: LogField...) { log(.error, text) { fields } }
  /// The same with fields that belong together, and more; they are made only where they are written.
  package func fail(_ text: String, _ fields: @autoclosure () -> [LogField], _ more: LogField...) {
    log(.error, text) { fields() + more }
  }

  /// A logger to hand to a library, so that its lines are among ours and in the same format.
  package func logger(for library: String, atLeast level: Logger.Level) -> Logger {
    var handler = handler
    handler.library = library
    var logger = Logger(label: "belfry.\(library)") { [handler] _ in handler }
    logger.logLevel = level
    return logger
  }

  /// In text the message says it all, and a line is written for each decision and each delivery: no field is made for it.
  private func log(_ level: Logger.Level, _ text: String, _ fields: () -> [LogField]) {
    let metadata = handler.format == .json ? Logger.Metadata(fields().map { ($0.name.rawValue, $0.value) }) { $1 } : nil
    logger.log(level: level, "\(text)", metadata: metadata)
  }
}
