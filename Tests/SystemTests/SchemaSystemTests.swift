// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Testing

/// The schema used by editors, checked with an independent implementation of JSON Schema: Python's `jsonschema`.
@Suite("The schema of channels.json", .systemTest)
struct SchemaSystemTests {
  @Test("accepts every channels.json of the documentation, and every part of one")
  func takes() async throws {
    var files: [Judged] = []
    for path in ["channels.json", "docs/examples/kora/channels.json"] {
      let text = try String(contentsOf: DocsPage.root.appending(path: path), encoding: .utf8)
      files.append(Judged(place: path, text: text))
    }
    for page in DocsPage.all {
      for example in page.examples where example.text.hasPrefix("{") && example.form == "json" {
        files.append(Judged(place: "\(page):\(example.line)", text: example.text))
      }
      for example in page.examples where example.form == "json fragment" {
        files.append(Judged(place: "\(page):\(example.line)", text: "{\(example.text)}", isWhole: false))
      }
    }
    #expect(try await judge(files) == [])
  }

  @Test(
    "rejects what belfry check rejects",
    arguments: [
      #""color": 1"#, #""interval": true"#, #""mode": "weekly""#, #""burst": { "over": 0 }"#, #""burst": {}"#,
      #""channels": { "a": { "kind": "file" } }"#, #""channels": { "a": { "kind": "fax", "path": "x" } }"#,
      #""channels": { "a": { "kind": "file", "path": "x", "user": "U1" } }"#, #""routes": [{ "too": "a" }]"#,
      #""routes": [{ "to": "a", "match": { "label": {} } }]"#, #""digests": { "d": { "every": "1h" } }"#,
      #""sources": { "s": { "kind": "file" } }"#, #""inhibit": [{ "when": {} }]"#,
    ]
  )
  func refuses(part: String) async throws {
    #expect(try await judge([Judged(place: "part", text: "{\(part)}", isWhole: false)]).count == 1)
  }

  /// A text to check, and whether it is a whole file.
  private struct Judged: Encodable {
    var place: String
    var text: String
    var isWhole = true
  }

  /// The findings by the schema that the program prints: a line for each rejected file.
  private func judge(_ files: [Judged]) async throws -> [String] {
    let folder = try BelfryFolder()
    let schema = try await folder.run("check", "--schema")
    try #require(schema.status == 0)
    try folder.write(schema.answer, to: "schema.json")
    try folder.write(String(decoding: JSONEncoder().encode(files), as: UTF8.self), to: "files.json")
    let output = try await Tool.output([try await python(), "-W", "ignore", "-c", Self.script], in: folder.url)
    return output.split(separator: "\n").map(String.init)
  }

  /// A Python with `jsonschema`: the first on the PATH, otherwise the one for which apt installed it.
  private func python() async throws -> String {
    for python in ["python3", "/usr/bin/python3"] {
      let probe = try await Tool.run([python, "-c", "import jsonschema"], in: DocsPage.root)
      if probe.status == 0 { return python }
    }
    throw Tool.Failure(description: "no Python here has jsonschema: apt install python3-jsonschema")
  }

  private static let script = """
    import json, jsonschema
    schema = json.load(open("schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    part = {name: value for name, value in schema.items() if name != "required"}
    for file in json.load(open("files.json")):
        judge = jsonschema.Draft202012Validator(schema if file["isWhole"] else part)
        error = next(judge.iter_errors(json.loads(file["text"])), None)
        if error: print(f'{file["place"]}: {error.json_path}: {error.message}'.splitlines()[0])
    """
}
