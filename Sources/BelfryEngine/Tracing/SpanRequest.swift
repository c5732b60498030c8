// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Tracing

/// The body of an OTLP request that exports spans, as JSON.
///
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: IDs are hexadecimal, names are in lowerCamelCase,
/// enumerations are numbers, and 64-bit numbers are strings.
package struct SpanRequest: Sendable {
  /// The attributes of the resource.
  private let resource: [(name: String, value: String)]
  private let version: String

  /// The longest text, in characters: whole alerts do not belong into traces.
  private static let longestText = 1_024

  /// - Parameters:
  ///   - version: Belfry's version.
  ///   - deployment: The name of the deployment, such as `prd`.
  package init(version: String, deployment: String) {
    self.version = version
    resource = [
      ("service.name", "belfry"), ("service.version", version), ("deployment.environment.name", deployment),
    ]
  }

  package func body(_ spans: [FinishedSpan]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("resourceSpans")
      writer.array([spans]) { writer, spans in
        writer.object { writer in
          writer.key("resource")
          writer.object { SpanRequest.write(resource.map { ($0.name, .string($0.value)) }, to: &$0) }
          writer.key("scopeSpans")
          writer.array([spans]) { writer, spans in
            writer.object { writer in
              writer.key("scope")
              writer.object { writer in
                writer.member("name", "belfry")
                writer.member("version", version)
              }
              writer.key("spans")
              writer.array(spans) { SpanRequest.write($1, to: &$0) }
            }
          }
        }
      }
    }
    return writer.bytes
  }

  private static func write(_ span: FinishedSpan, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("traceId", "\(span.context.trace)")
      writer.member("spanId", span.context.spanText)
      if let parent = span.parent {
        let context = TraceContext(trace: span.context.trace, span: parent, isSampled: true)
        writer.member("parentSpanId", context.spanText)
      }
      writer.member("flags", span.context.isSampled ? 1 : 0)
      writer.member("name", cut(span.name))
      writer.member("kind", number(of: span.kind))
      writer.member("startTimeUnixNano", "\(span.begun)")
      writer.member("endTimeUnixNano", "\(span.ended)")
      write(listed(span.attributes), to: &writer)
      if !span.events.isEmpty {
        writer.key("events")
        writer.array(span.events) { writer, event in
          writer.object { writer in
            writer.member("timeUnixNano", "\(event.nanosecondsSinceEpoch)")
            writer.member("name", cut(event.name))
            write(listed(event.attributes), to: &writer)
          }
        }
      }
      if !span.links.isEmpty {
        writer.key("links")
        writer.array(span.links.filter { $0.context.trace != nil }) { writer, link in
          writer.object { writer in
            writer.member("traceId", link.context.trace.map { "\($0.trace)" } ?? "")
            writer.member("spanId", link.context.trace?.spanText ?? "")
            write(listed(link.attributes), to: &writer)
          }
        }
      }
      write(span.status, to: &writer)
    }
  }

  /// STATUS_CODE_OK is 1, STATUS_CODE_ERROR is 2.
  private static func write(_ status: SpanStatus?, to writer: inout JSONWriter) {
    guard let status else { return }
    writer.key("status")
    writer.object { writer in
      writer.member("code", status.code == .ok ? 1 : 2)
      if let message = status.message { writer.member("message", cut(message)) }
    }
  }

  private static func number(of kind: SpanKind) -> Int {
    switch kind {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }

  private static func listed(_ attributes: SpanAttributes) -> [(String, SpanAttribute)] {
    var listed: [(String, SpanAttribute)] = []
    attributes.forEach { listed.append(($0, $1)) }
    return listed.sorted { $0.0 < $1.0 }
  }

  private static func write(_ attributes: [(String, SpanAttribute)], to writer: inout JSONWriter) {
    if attributes.isEmpty { return }
    writer.key("attributes")
    writer.array(attributes) { writer, attribute in
      writer.object { writer in
        writer.member("key", attribute.0)
        writer.key("value")
        write(attribute.1, to: &writer)
      }
    }
  }

  /// Writes an `AnyValue`: an object with one member, named after the value's type.
  private static func write(_ value: SpanAttribute, to writer: inout JSONWriter) {
    writer.object { writer in
      switch value {
      case .int32(let number): writer.member("intValue", "\(number)")
      case .int64(let number): writer.member("intValue", "\(number)")
      case .bool(let flag): writer.member("boolValue", flag)
      case .double(let number) where number.isFinite:
        writer.key("doubleValue")
        writer.number("\(number)")
      case .string(let text): writer.member("stringValue", cut(text))
      case .stringConvertible(let other): writer.member("stringValue", cut("\(other)"))
      case .int32Array(let numbers): write(numbers.map { .int32($0) }, to: &writer)
      case .int64Array(let numbers): write(numbers.map { .int64($0) }, to: &writer)
      case .boolArray(let flags): write(flags.map { .bool($0) }, to: &writer)
      case .doubleArray(let numbers): write(numbers.map { .double($0) }, to: &writer)
      case .stringArray(let texts): write(texts.map { .string($0) }, to: &writer)
      case .stringConvertibleArray(let others): write(others.map { .string("\($0)") }, to: &writer)
      default: writer.member("stringValue", cut("\(value)"))
      }
    }
  }

  private static func write(_ values: [SpanAttribute], to writer: inout JSONWriter) {
    writer.key("arrayValue")
    writer.object { writer in
      writer.key("values")
      writer.array(values) { write($1, to: &$0) }
    }
  }

  private static func cut(_ text: String) -> String {
    text.count > longestText ? String(text.prefix(longestText)) : text
  }
}
