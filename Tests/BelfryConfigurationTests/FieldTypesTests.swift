// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Values of settings")
struct FieldTypesTests {
  @Test(
    "are permissions in octal",
    arguments: [
      (#""0600""#, 0o600), (#""644""#, 0o644), (#""0777""#, 0o777), (#""0400""#, nil), (#""0888""#, nil),
      (#""1777""#, nil), ("600", nil), (#""-600""#, nil), (#""""#, nil),
    ] as [(String, UInt16?)]
  )
  func permissions(json: String, expected: UInt16?) {
    #expect(read(FilePermissions.self, json).value?.bits == expected)
  }

  @Test(
    "are whole numbers and durations within the bounds of their key",
    arguments: [
      ("{}", 5, .seconds(30), []), (#"{"tries": 1, "wait": "1m"}"#, 1, .seconds(60), []),
      (#"{"tries": 11}"#, nil, nil, ["expected a whole number in 1…10, found 11."]),
      (#"{"tries": 1.5}"#, nil, nil, ["expected a whole number in 1…10, found 1.5."]),
      (#"{"tries": "3"}"#, nil, nil, ["expected a whole number in 1…10, found a string."]),
      (#"{"wait": "2h"}"#, nil, nil, ["2h is not a duration from 1s to 1h."]),
    ] as [(String, Int?, Duration?, [String])]
  )
  func bounded(json: String, tries: Int?, wait: Duration?, messages: [String]) {
    let (value, found) = read(Bounded.self, json)
    #expect(value?.tries == tries)
    #expect(value?.wait == wait)
    #expect(found.isEmpty == messages.isEmpty)
    for message in messages { #expect(found.contains(message), "\(found)") }
  }

  private struct Bounded: FieldRecord {
    var tries = 5
    var wait = Duration.seconds(30)
    static let fields: [Field<Bounded>] = [
      .optional("tries", \.tries, in: 1...10, "How often."),
      .optional("wait", \.wait, in: .seconds(1) ... .seconds(3600), "How long between."),
    ]
    var shown: String { "\(tries)" }
  }

  @Test("print as words")
  func shapes() {
    #expect("\(FieldShape.list(.integer(1...10)))" == "a list, each a whole number in 1…10")
    #expect("\(Int.shape)" == "a whole number")
  }

  @Test(
    "are a host and a port, whether a server listens there, is probed, or takes mail",
    arguments: [
      ("db.example.com:5432", "db.example.com", 5432), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65_535),
      ("db.example.com:0", nil, 0), ("db:65536", nil, 0), ("db:+1", nil, 0), ("db:1x", nil, 0), ("db:000080", nil, 0),
      ("db:", nil, 0), (":80", nil, 0), ("[::1:80", nil, 0), ("[::g]:80", nil, 0), ("[1:2]:80", nil, 0),
      ("::1", nil, 0),
      ("a b:80", nil, 0),
    ] as [(String, String?, Int)]
  )
  func hostPorts(text: String, host: String?, port: Int) {
    let probed = read(HostPort.self, "\"\(text)\"").value
    #expect(probed?.host == host && probed?.port == host.map { _ in port })
    let mail = read(MailServerAddress.self, "\"smtp://\(text)\"").value
    #expect(mail?.host == host && mail?.port == host.map { _ in port })
    let listening = read(ListenAddress.self, "\"\(text)\"").value
    let mayChoose = text.hasSuffix(":0")
    #expect(listening?.host == (mayChoose ? "db.example.com" : host))
    if host != nil { #expect(probed?.text == text && listening?.text == text && mail?.shown == "\"smtp://\(text)\"") }
  }

  @Test("are objects whose rules across keys are checked only if every key is readable, and placed at a key")
  func records() {
    #expect(read(Pair.self, #"{"low": 1, "high": 2}"#).value?.high == 2)
    let (pair, crossed) = read(Pair.self, #"{"low": 3, "high": 2}"#)
    #expect(pair == nil && crossed == "f:1:20: error: high: it is below `low`.")
    let (unread, messages) = read(Pair.self, #"{"low": 3, "high": "x"}"#)
    #expect(unread == nil && messages == "f:1:20: error: high: expected a whole number, found a string.")
    #expect(read(Pair.self, "[]").messages == "f:1:1: error: expected an object, found a list.")
    #expect(Pair.shape.description == "an object with low and high")
  }

  private struct Pair: FieldRecord {
    var low = 0
    var high = 0
    static let fields: [Field<Pair>] = [.optional("low", \.low, "Low."), .optional("high", \.high, "High.")]
    var shown: String { "\(low) to \(high)" }

    mutating func check(_ node: JSONNode, _ report: inout Report) {
      if high < low { report.error("it is below `low`.", key: "high") }
    }
  }

  @Test(
    "are files to write, confined to a folder",
    arguments: [
      ("a.txt", "/etc/belfry", "a.txt"), ("./var/a", "/etc/belfry", "./var/a"), ("a/../b", nil, ""),
      ("/var/log/a", "/var/log", "a"), ("/a", "/", "a"), ("../a", nil, ""), ("a/../../b", nil, ""), ("a/", nil, ""),
      ("", nil, ""), (".", nil, ""), ("a\\u0000b", nil, ""),
    ] as [(String, String?, String)]
  )
  func confinedPaths(path: String, root: String?, relative: String) {
    let found = read(ConfinedPath.self, "\"\(path)\"").value
    #expect(found == root.map { ConfinedPath(root: $0, relative: relative) })
  }

  @Test(
    "are files to read, from the folder of the file",
    arguments: [("ca.pem", "/etc/belfry/ca.pem"), ("/ca", "/ca")]
  )
  func localPaths(path: String, expected: String) {
    #expect(read(LocalPath.self, "\"\(path)\"").value?.text == expected)
  }

  @Test(
    "are web addresses",
    arguments: [
      ("https://slack.com/api/", "https://slack.com/api", "slack.com"), ("HTTP://h:8080", "http://h:8080", "h"),
      ("http://[::1]:80/x", "http://[::1]:80/x", "[::1]"), ("https://h//", "https://h", "h"),
    ]
  )
  func webAddresses(text: String, expected: String, host: String) {
    let address = read(WebAddress.self, "\"\(text)\"").value
    #expect(address?.text == expected)
    #expect(address?.host == host)
  }

  @Test(
    "are rejected if they are not web addresses",
    arguments: [
      ("slack.com", "not an absolute"), ("ftp://h", "not an absolute"), ("https://", "host is missing"),
      ("https://h/a b", "without spaces"), ("https://u:p@h", "user name"), ("https://h:0", "not a port"),
      ("https://h:x", "not a port"), ("https://h?x=1", "query"), ("https://h/#x", "fragment"),
      ("https://-h", "not a host name"), ("https://h..x", "not a host name"), ("https://exämple.com", "ASCII"),
      ("https://[x]", "not an IPv6"),
    ]
  )
  func faultyWebAddresses(text: String, message: String) {
    let (value, messages) = read(WebAddress.self, "\"\(text)\"")
    #expect(value == nil)
    #expect(messages.contains(message))
  }

  @Test(
    "name this machine in many ways",
    arguments: [
      ("localhost", true), ("LOCALHOST", true), ("a.localhost", true), ("127.0.0.1", true), ("127.9.9.9", true),
      ("::1", true), ("[::1]", true), ("127.evil.test", false), ("127.0.0.1.evil.test", false), ("10.0.0.1", false),
      ("localhost.evil.test", false), ("127.0.0.256", false),
    ]
  )
  func loopback(host: String, expected: Bool) {
    #expect(HostName.isLoopback(host) == expected)
  }

  @Test(
    "left empty by a variable are a warning if required, and absent if not",
    arguments: [
      (#"{ "need": "${X:-}" }"#, 0, 1), (#"{ "need": "" }"#, 1, 0), (#"{ "need": "a", "want": "${X:-}" }"#, 0, 0),
      (#"{ "need": "a", "list": ["b", "${X:-}"] }"#, 0, 1), (#"{ "need": "a", "list": [] }"#, 0, 0),
      (#"{ "want": "a" }"#, 1, 0), (#"{ "need": "${X}" }"#, 1, 0), (#"{ "need": "${SET:-a}" }"#, 0, 0),
    ]
  )
  func emptied(json: String, errors: Int, warnings: Int) throws {
    let source = SourceText(name: "f", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "/")
    let node = try #require(JSONTree.parse(source).node)
    let expanded = Substitution(environment: ["SET": "b"]).expand(node, report: &report)
    let settings = Sample(decoding: expanded, report: &report)
    #expect(report.errorCount == errors)
    #expect(report.findings.count - report.errorCount == warnings)
    if report.errorCount == 0 { #expect(settings?.want == "default" || json.contains("want") == false) }
  }

  private func read<Value: FieldValue>(_ type: Value.Type, _ json: String) -> (value: Value?, messages: String) {
    let source = SourceText(name: "f", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "/etc/belfry")
    let value = JSONTree.parse(source).node.flatMap { Value.read($0, &report) }
    return (value, report.findings.map(\.text).joined(separator: "\n"))
  }
}

private struct Sample: ChannelSettings {
  var need = ""
  var want = "default"
  var list: [String] = []
  static let fields: [Field<Self>] = [
    .required("need", \.need, "Needed."), .optional("want", \.want, "Wanted."), .optional("list", \.list, "Listed."),
  ]
}
