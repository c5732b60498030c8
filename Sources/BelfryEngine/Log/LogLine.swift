// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import Logging

/// One line of the log, before formatting.
package struct LogLine: Sendable {
  var time: Instant
  var level: Logger.Level
  var message: String
  var fields: Logger.Metadata
  /// The library that logs; nil for Belfry itself, whose messages are complete.
  var library: String?

  /// Makes one of Belfry's own lines.
  package init(at time: Instant, _ level: Logger.Level, _ message: String, _ fields: [LogField] = []) {
    self.time = time
    self.level = level
    self.message = message
    self.fields = Logger.Metadata(fields.map { ($0.name.rawValue, $0.value) }) { $1 }
  }

  /// The formatted line, without any line break, whatever foreign text it contains.
  package func text(_ format: LogFormat) -> String {
    switch format {
    case .text: plain
    case .json: json
    }
  }

  /// The time to the second in UTC and the message; for a library also its metadata.
  private var plain: String {
    let stamp = Instant(seconds: time.microseconds / 1_000_000).iso8601
    guard let library else { return "\(stamp) \(message.onOneLine)" }
    let more = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    return "\(stamp) \("\(library): \(message)\(more.isEmpty ? "" : " (\(more))")".onOneLine)"
  }

  private var json: String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("time", time.iso8601)
      writer.member("level", level.rawValue)
      writer.member("message", message.onOneLine)
      if let library { writer.member("library", library) }
      for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
        writer.key(LogLine.own.contains(name) ? name + "_" : name)
        LogLine.write(value, to: &writer)
      }
    }
    return writer.text
  }

  /// The names that a library's metadata must not replace.
  private static let own: Set<String> = ["time", "level", "message", "library"]

  private static func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
    switch value {
    case .string(let text): writer.string(text.onOneLine)
    case .stringConvertible(let number as any FixedWidthInteger): writer.number("\(number)")
    case .stringConvertible(let flag as Bool): writer.bool(flag)
    case .stringConvertible(let number as Double) where number.isFinite: writer.number("\(number)")
    case .stringConvertible(let other): writer.string("\(other)".onOneLine)
    case .array(let values): writer.array(values) { write($1, to: &$0) }
    case .dictionary(let members):
      writer.object { writer in
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
          writer.key(name)
          write(value, to: &writer)
        }
      }
    }
  }
}

extension String {
  /// The text, changed only if something in it could break a line or control a terminal.
  fileprivate var onOneLine: String {
    let isHarmless = unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !(0x2028...0x202E).contains(scalar.value)
        && !(0x2066...0x2069).contains(scalar.value)
    }
    return isHarmless ? self : oneLine
  }
}
