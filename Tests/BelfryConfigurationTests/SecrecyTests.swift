// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("Secrets")
struct SecrecyTests {
  private static let text = """
    {
      "channels": { "pager": { "kind": "test", "token": "hunter2-hunter2", "to": "ops", "timeout": "20s" } },
      "routes": [{ "match": { "severity": "info+" }, "to": "pager", "cooldown": "5m" }, { "to": "pager" }],
      "sources": { "prom": { "kind": "prometheus", "url": "http://localhost", "token": "hunter2-hunter2" } }
    }
    """

  private func read(_ bytes: [UInt8], _ environment: [String: String] = [:]) -> (Configuration?, [Finding]) {
    ConfigurationReader(registry: TestChannel.registry, sources: .builtIn, environment: environment)
      .read(SourceText(name: "channels.json", bytes: bytes), folder: "/etc/belfry")
  }

  @Test("are in no finding about a file damaged anywhere", arguments: 0..<40)
  func damaged(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<100 {
      var bytes = Array(SecrecyTests.text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) { bytes.damage(&generator) }
      for finding in read(bytes).1 where finding.text.contains("hunter") {
        Issue.record("\(finding.text)\nin \(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }

  @Test("are in no printable form of the configuration")
  func printed() throws {
    let (configuration, findings) = read(Array(SecrecyTests.text.utf8))
    let read = try #require(configuration)
    var dumped = ""
    dump(read, to: &dumped)
    #expect(!dumped.isEmpty)
    for text in [dumped, "\(read)", String(reflecting: read), "\(findings)"] { #expect(!text.contains("hunter2")) }
  }

  @Test("from files are named and not shown, wherever they were put by mistake, and in no printable form")
  func fromFiles() throws {
    let files = WrittenFiles(["/run/token": "hunter2-hunter2\n"]).referenced
    func read(_ text: String) -> ConfigurationReader.Reading {
      ConfigurationReader(registry: TestChannel.registry, sources: .builtIn, environment: [:], files: files)
        .reading(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/etc/belfry")
    }
    for field in ["kind", "token", "to", "address", "url", "loud", "timeout", "concurrency", "unknown"] {
      let text = """
        {"channels": {"pager": {"\(field)": "${file:/run/token}", "kind": "test", "to": "x", "token": "x"}},
         "routes": [{"to": "pager"}, {"to": "${file:/run/token}"}], "cooldown": "${file:/run/token}"}
        """
      let findings = read(text).findings
      #expect(findings.contains { $0.text.contains("${file:/run/token}") })
      for finding in findings { #expect(!finding.text.contains("hunter")) }
    }
    let reading = read(
      """
      {"channels": {"pager": {"kind": "test", "token": "${file:../../run/token}", "to": "ops"}}, "routes": [{"to": "pager"}]}
      """
    )
    #expect(
      reading.findings.map(\.text) == [
        "channels.json:1:50: error: channels.pager.token: /etc/belfry/../../run/token does not exist. Write the value to it, "
          + "or write ${file:../../run/token:-default}."
      ]
    )
    let good = read(
      """
      {"channels": {"pager": {"kind": "test", "token": "${file:/run/token}", "to": "ops"}}, "routes": [{"to": "pager"}]}
      """
    )
    let configuration = try #require(good.configuration)
    #expect(good.findings.isEmpty)
    #expect(configuration.readFiles == ["/run/token"])
    #expect(!configuration.holdsSecrets)
    #expect(configuration.shown.contains("${file:/run/token}"))
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in [dumped, "\(configuration)", String(reflecting: configuration)] { #expect(!text.contains("hunter2")) }
  }

  @Test("from the environment are named and not shown, wherever they were put by mistake")
  func misplaced() {
    let fields = ["kind", "token", "to", "address", "url", "loud", "timeout", "concurrency", "unknown"]
    for field in fields {
      let text = """
        {"channels": {"pager": {"\(field)": "${TOKEN}", "kind": "test", "to": "x", "token": "x"}},
         "routes": [{"to": "pager"}, {"to": "${TOKEN}", "match": {"severity": "${TOKEN}+", "category": "/${TOKEN}(/"}}],
         "mode": "${TOKEN:-x}", "cooldown": "${TOKEN}"}
        """
      let findings = read(Array(text.utf8), ["TOKEN": "hunter2-hunter2"]).1
      #expect(findings.contains { $0.text.contains("${TOKEN}") })
      for finding in findings { #expect(!finding.text.contains("hunter")) }
    }
  }
}

extension [UInt8] {
  /// Removes, doubles, replaces or inserts a byte, preferably one with a meaning in JSON.
  fileprivate mutating func damage(_ generator: inout SeededGenerator) {
    let place = Int.random(in: 0..<count, using: &generator)
    let byte = Array("\"{}[],:'\\\n\u{7}0a-".utf8 + [0xFF]).randomElement(using: &generator) ?? 0
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: remove(at: place)
    case 1: insert(byte, at: place)
    case 2: self[place] = byte
    case 3: removeSubrange(place..<Swift.min(count, place + 8))
    default: insert(contentsOf: self[place..<Swift.min(count, place + 8)], at: place)
    }
  }
}
