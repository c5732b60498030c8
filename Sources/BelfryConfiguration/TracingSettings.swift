// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `tracing`: where spans of Belfry's own work are sent.
package struct TracingSettings: FieldRecord, AddressRestricting, HTTPConfigurable {
  package var endpoint = WebAddress()
  package var headers = TracingHeaders()
  package var sample = Share(1)
  package var ca: SourcePath?
  package var addresses = AddressLists()
  package var httpOptions = HTTPOptions()
  package var note = ""

  package init() {}

  static let note = "Where to send spans of Belfry's own work, with OTLP over HTTP."

  package static let fields: [Field<TracingSettings>] =
    [
      .required(
        "endpoint",
        \.endpoint,
        "The collector's address; `/v1/traces` is added.",
        example: "http://127.0.0.1:4318"
      ),
      .optional(
        "headers",
        \.headers,
        "Header fields to send, by name; each value is a reference to a secret.",
        otherwise: "none"
      ),
      .optional("sample", \.sample, "The fraction of the traces to record.", otherwise: "1: all", example: "0.1"),
      .optional(
        "ca",
        \.ca,
        "A PEM file with the authorities to trust instead of the system's.",
        otherwise: "the system's"
      ),
      .optional("note", \.note, "Free text.", otherwise: "none"),
    ] + Field.httpFields + Field.addressFields

  package mutating func check(_ node: JSONNode, _ report: inout Report) {
    if !headers.fields.isEmpty { report.checkConfidential(endpoint, key: "endpoint", carrying: "a secret") }
    let login = headers.fields.contains { $0.name.lowercased() == "authorization" }
    checkHTTP(
      endpoint,
      key: "endpoint",
      besides: login ? ["the header field Authorization"] : [],
      addresses: addresses != AddressLists(),
      &report
    )
    checkAddresses(reaching: endpoint.host, of: "endpoint", in: node, &report)
  }

  package var shown: String { endpoint.shown }
}

/// Header fields for a collector, by name, such as a token that it requires.
package struct TracingHeaders: FieldValue {
  package var fields: [HTTPField] = []

  package static var shape: FieldShape { .said("an object: each header field's name with a secret", .named(.secret)) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> TracingHeaders? {
    var headers = TracingHeaders()
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      guard isToken(member.name), !ours.contains(member.name.lowercased()) else {
        return report.error("this header field name is invalid or reserved.", at: member.offset)
      }
      guard let secret = Secret.read(member.node, &report) else { return }
      headers.fields.append(HTTPField(member.name, secret: secret))
    }
    return isValid ? headers : nil
  }

  private static let ours: Set<String> = ["content-type", "content-length", "transfer-encoding", "connection", "host"]

  /// Whether it is a token by RFC 9110 §5.6.2.
  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""(),/:;<=>?@[\]{}"#.utf8.contains($0) }
  }

  package var shown: String {
    fields.isEmpty ? "none" : fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
  }
}

/// A fraction from 0 to 1.
package struct Share: FieldValue, Hashable {
  package let value: Double

  package init(_ value: Double) { self.value = value }

  package static var shape: FieldShape { .said("a number from 0 to 1", .number) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> Share? {
    let written: String? =
      switch node.value {
      case .number(let text): text
      case .string(let text) where node.substitution != nil: text
      default: nil
      }
    if let value = written.flatMap(Double.init), (0...1).contains(value) { return Share(value) }
    report.error("expected \(shape.text), found \(written ?? node.kindName).", at: node.offset)
    return nil
  }

  package var shown: String { "\(value)" }
}
