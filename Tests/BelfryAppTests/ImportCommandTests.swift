// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryApp

@Suite("The import on the command line")
struct ImportCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder([
      "alertmanager.yml": """
      route: { receiver: hook }
      receivers:
        - name: hook
          webhook_configs: [{ url: "https://hooks.example.com/hunter2", payload: { a: "{{ .Status }}" } }]
      """,
      "nothing.yml": "route: { receiver: nobody }\nreceivers: [{ name: nobody }]",
    ])
  }

  private func convert(_ file: String, _ arguments: String..., to output: String = "new") throws -> ImportSummary {
    try ImportAlertmanagerCommand.parse([folder.path(file), "--output", folder.path(output)] + arguments).convert()
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
  }

  @Test("writes three files, and the one for secrets only for its owner, without values unless they are wanted")
  func files() throws {
    let summary = try convert("alertmanager.yml")
    #expect(!summary.isComplete)
    #expect(try text("new/channels.json").contains(#""url": "${AM_HOOK_URL}""#))
    #expect(try text("new/belfry.env").hasSuffix("\nAM_HOOK_URL=\n"))
    let report = try text("new/import-report.txt")
    #expect(report == summary.text + "\n")
    #expect(report.contains("1 channel, 1 route; 1 not carried over, 0 different"))
    #expect(report.contains("line 4: receivers[0].webhook_configs[0].payload: "))
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("new/belfry.env"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    _ = try convert("alertmanager.yml", "--with-secrets", to: "other")
    #expect(try text("other/belfry.env").hasSuffix("\nAM_HOOK_URL=https://hooks.example.com/hunter2\n"))
  }

  @Test("is complete if everything is carried over")
  func complete() throws {
    #expect(try convert("nothing.yml").isComplete)
  }

  @Test("reads the template files beside the file, so that texts that name their templates are translated")
  func templates() throws {
    try folder.write(
      """
      templates: [templates/*.tmpl, missing/*.tmpl]
      route: { receiver: mail }
      receivers:
        - name: mail
          email_configs: [{ to: a@example.com, from: b@example.com, smarthost: 'mail:587', text: '{{ template "x" . }}' }]
      """,
      to: "mail.yml"
    )
    try folder.write(#"{{ define "x" }}{{ .Status | toUpper }}{{ end }}"#, to: "templates/x.tmpl")
    let summary = try convert("mail.yml")
    #expect(try text("new/channels.json").contains(#""template": { "body": "{{ status|upper }}" }"#))
    #expect(summary.text.contains("there is no file missing/*.tmpl here"))
    #expect(!summary.text.contains("templates/*.tmpl:"))
  }

  @Test("writes commands for the silences of an Alertmanager")
  func silences() async throws {
    let server = try LoopbackHTTPServer { request in
      let silence = """
        {"id": "a", "status": {"state": "active"}, "endsAt": "2027-01-16T08:00:00Z", "createdBy": "ann", "comment": "x",
         "matchers": [{"name": "team", "value": "web", "isRegex": false, "isEqual": true}]}
        """
      return .reply(request.target == "/api/v2/silences" ? 200 : 404, "[\(silence)]")
    }
    let arguments = [folder.path("nothing.yml"), "--output", folder.path("new"), "--silences"]
    let command = try ImportAlertmanagerCommand.parse(arguments + [server.url])
    let summary = try command.convert(try await command.importedSilences())
    #expect(summary.isComplete && summary.text.contains("adds 1 silence"))
    #expect(try text("new/silences.sh").contains("belfry silence add 'team=\"web\"' --until=2027-01-16T08:00:00Z"))
    for url in [server.url + "/other", "ftp://a", "http://127.0.0.1:1"] {
      let command = try ImportAlertmanagerCommand.parse(arguments + [url])
      await #expect(throws: CommandFailure.self) { try await command.importedSilences() }
    }
  }

  @Test("changes no file that exists", arguments: ["channels.json", "belfry.env", "import-report.txt"])
  func existing(name: String) throws {
    try folder.write("mine", to: "new/\(name)")
    let failure = #expect(throws: CommandFailure.self) { try convert("alertmanager.yml") }
    #expect(failure?.description.contains("\(name) exists already") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("new")) == [name])
    #expect(try text("new/\(name)") == "mine")
  }

  @Test("reads a compressed file, and refuses a damaged one")
  func compressed() throws {
    let packed = try #require(
      Data(
        base64Encoded: """
          H4sIAAAAAAACAyvKLy1JtVKoVihKTU7NLEstslJIVKjlgvGKrRSiqxXyEnNTweKxXADtIPvFMAAAAA==
          """,
        options: .ignoreUnknownCharacters
      )
    )
    try packed.write(to: folder.url.appending(path: "alertmanager.yaml.gz"))
    #expect(try convert("alertmanager.yaml.gz").isComplete)
    try packed.dropLast(9).write(to: folder.url.appending(path: "cut.yaml.gz"))
    let failure = #expect(throws: CommandFailure.self) { try convert("cut.yaml.gz", to: "other") }
    #expect(failure?.description.contains("damaged") == true)
  }

  @Test(
    "says what is wrong with a file that it cannot read, and writes nothing",
    arguments: [
      ("a: [1", ":2: "), ("receivers: []", "there is no route"),
      (String(repeating: "#", count: 5 << 20), "larger than 4 MiB"),
    ]
  )
  func unreadable(text: String, message: String) throws {
    try folder.write(text, to: "bad.yml")
    let failure = #expect(throws: CommandFailure.self) { try convert("bad.yml") }
    #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
    #expect(!FileManager.default.fileExists(atPath: folder.path("new")))
    #expect(throws: CommandFailure.self) { try convert("missing.yml") }
  }
}
