// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// The configuration for programs, without its secrets.
enum ConfigurationView {
  static let uri = "belfry://configuration"
  static let logURI = "belfry://configuration/log"

  private static let logLimit = 100

  /// The version in force, with the text of its file.
  static func live(_ ledger: any Notes) async throws -> String {
    let version = try await ledger.configurations(limit: 1).first
    var writer = JSONWriter()
    writer.object { writer in
      guard let version else {
        writer.key("version")
        writer.null()
        writer.member("note", "No versions yet: belfry run stores each version it uses.")
        return
      }
      writer.member("version", version.number)
      writer.member("since", version.since.iso8601)
      writer.member("cause", version.cause)
      writer.key("channels.json")
      let source = SourceText(name: "channels.json", bytes: Array(version.text.utf8))
      if let node = JSONTree.parse(source).node { writer.copy(masked(node)) } else { writer.null() }
    }
    return writer.text
  }

  /// The list of versions.
  static func log(_ ledger: any Notes) async throws -> String {
    var writer = JSONWriter()
    let versions = try await ledger.configurations(limit: logLimit)
    writer.object { writer in
      writer.key("versions")
      writer.array(versions) { writer, version in
        writer.object {
          $0.member("version", version.number)
          $0.member("since", version.since.iso8601)
          $0.member("cause", version.cause)
        }
      }
    }
    return writer.text
  }

  /// A file without its secrets.
  ///
  /// The settings of channels, sources and the server are masked unless they are known to be harmless, so that a new
  /// key is not shown by mistake.
  static func masked(_ file: JSONNode) -> JSONNode {
    file.mapped { name, node in
      switch name {
      case "channels", "sources": node.mapped { $1.mapped { open.contains($0) ? $1 : $1.hidden } }
      case "server", "pulse", "tracing": node.mapped { open.contains($0) ? $1 : $1.hidden }
      default: node
      }
    }
  }

  /// Keys that never hold a secret.
  private static let open: Set<String> = [
    "kind", "timeout", "concurrency", "rate", "fallback", "quiet", "note", "every", "path", "to", "cc", "bcc", "from",
    "user", "listen", "hosts", "resolve_timeout", "max_body", "max_connections", "request_timeout",
    "format", "method",
  ]
}

extension JSONWriter {
  /// Writes a parsed value.
  mutating func copy(_ node: JSONNode) {
    switch node.value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(let text): number(text)
    case .string(let text): string(text)
    case .array(let elements): array(elements) { $0.copy($1) }
    case .object(let members):
      object { writer in
        for member in members {
          writer.key(member.name)
          writer.copy(member.node)
        }
      }
    }
  }
}

extension JSONNode {
  /// An object with each value replaced; any other value unchanged.
  fileprivate func mapped(_ replace: (String, JSONNode) -> JSONNode) -> JSONNode {
    guard let members else { return self }
    let replaced = members.map { Member(name: $0.name, offset: $0.offset, node: replace($0.name, $0.node)) }
    return JSONNode(.object(replaced), offset: offset)
  }

  /// The value with every text masked, except one that only names a variable; names of tokens are shown.
  fileprivate var hidden: JSONNode {
    switch value {
    case .string(let text):
      return text.isVariable ? self : JSONNode(.string(Secret.mask), offset: offset)
    case .array(let elements): return JSONNode(.array(elements.map(\.hidden)), offset: offset)
    case .object: return mapped { ["name", "scopes", "note"].contains($0) ? $1 : $1.hidden }
    default: return self
    }
  }
}

extension String {
  /// Whether it is exactly `${NAME}`.
  fileprivate var isVariable: Bool {
    hasPrefix("${") && hasSuffix("}")
      && dropFirst(2).dropLast().allSatisfy { character in
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
      }
  }
}
