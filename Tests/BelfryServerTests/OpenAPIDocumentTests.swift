// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import Foundation
import Testing

@testable import BelfryServer

/// The document compared with the documentation and the server; Schemathesis compares it with the server's answers, in
/// the system tests.
@Suite("The OpenAPI document")
struct OpenAPIDocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private let document: NSDictionary

  init() throws {
    let file = OpenAPIDocumentTests.root.appending(path: "Sources/BelfryServer/OpenAPI/openapi.json")
    document = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSDictionary)
  }

  /// The scope that a call needs, by its method and path.
  private var scopes: [String: String] {
    var found: [String: String] = [:]
    for (path, item) in document["paths"] as? [String: [String: NSDictionary]] ?? [:] {
      for (method, operation) in item {
        let description = operation["description"] as? String ?? "Scope: none."
        found["\(method.uppercased()) \(path)"] = String(description.dropFirst("Scope: ".count).dropLast())
      }
    }
    return found
  }

  @Test("describes every call as the documentation's table does, and no other")
  func table() throws {
    let page = try String(contentsOf: Self.root.appending(path: "docs/http-api.md"), encoding: .utf8)
    var rows: [String: String] = [:]
    for line in page.split(separator: "\n") where line.hasPrefix("| `") {
      let columns = line.split(separator: "|").map { $0.trimming { $0 == " " || $0 == "`" } }
      // A page for people, reached by a link; not a call for programs.
      guard columns[1] != "the link itself" else { continue }
      rows[columns[0].replacing("/ID", with: "/{id}").replacing("/NAME", with: "/{name}")] = columns[1]
    }
    #expect(scopes == rows.mapValues { $0 == "by the tool" ? "depends on the tool" : $0 })
    #expect(scopes.count > 15)
  }

  @Test("states the scope that the server requires")
  func access() async throws {
    try await TestServer.run { server in
      let settings = try #require(server.configuration.server)
      let routes = APIServer(settings, server.context) { _ in }.routes(Sessions())
      for (call, scope) in scopes where call != "POST /mcp" {
        let parts = call.split(separator: " ").map(String.init)
        let need = routes.access(parts[0], parts[1]).need
        #expect(need == (scope == "none" ? .nothing : .scope(try #require(Scope(rawValue: scope)))), "\(call)")
      }
    }
  }

  @Test("defines each of its references")
  func references() throws {
    var count = 0
    func check(_ node: Any) {
      if let list = node as? [Any] { for item in list { check(item) } }
      guard let object = node as? [String: Any] else { return }
      if let reference = object["$ref"] as? String {
        count += 1
        let end = reference.split(separator: "/").dropFirst().reduce(document as Any?) { node, name in
          (node as? NSDictionary)?[String(name)]
        }
        #expect(end is NSDictionary && (end as? NSDictionary)?["$ref"] == nil, "\(reference)")
      }
      for item in object.values { check(item) }
    }
    check(document)
    #expect(count > 100)
  }

  @Test("is what the server serves")
  func served() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("GET", "/openapi.json")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json")
      let read = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? NSDictionary
      #expect(read == document)
    }
  }
}

extension Substring {
  fileprivate func trimming(_ isSpace: (Character) -> Bool) -> String {
    String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
