// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryExec
import BelfryTesting
import Testing

@Suite("The exec channel")
struct ExecChannelTests {
  private static let contract = ChannelContract(
    ExecChannel.self,
    settings: #"""
      { "command": ["/usr/local/bin/page", "--to", "on call"], "environment": { "PAGE_TOKEN": "${TOKEN}", "LANG": "C" } }
      """#,
    environment: ["TOKEN": "t0p-s3cret"]
  )

  @Test("keeps the channel contract")
  func contract() async throws { try await Self.contract.verify() }

  @Test("gives a program the recorded input", arguments: SampleNotices.all.map(\.name))
  func golden(name: String) throws {
    let notice = try #require(SampleNotices.all.first { $0.name == name }).notice
    let run = try run(notice)
    let head = [run.path] + run.arguments + ["in \(run.folder)"] + run.environment.map { "\($0.name)=\($0.value)" }
    try Golden().check(Array((head.joined(separator: "\n") + "\n\n").utf8) + run.input, as: "\(name).run")
  }

  @Test("puts an alert's text only into the input")
  func injection() throws {
    for (name, notice) in ContractNotices.all {
      let run = try run(notice)
      #expect(run.arguments == ["--to", "on call"], "\(name)")
      #expect(run.environment.map(\.name) == ["PATH", "PAGE_TOKEN", "LANG", "BELFRY_DELIVERY"], "\(name)")
      #expect(run.input.count <= 262_144, "\(name)")
      #expect(JSONTree.parse(SourceText(name: name, bytes: run.input)).problems.isEmpty, "\(name)")
    }
  }

  @Test(
    "judges a program by its exit",
    arguments: [
      (.exited(0), "delivered"), (.exited(75), "retry"), (.exited(1), "retry"), (.exited(69), "retry"),
      (.exited(255), "retry"), (.exited(65), "payload"), (.exited(67), "target"), (.exited(68), "target"),
      (.exited(77), "operator"), (.exited(78), "operator"), (.exited(126), "operator"), (.exited(127), "operator"),
      (.signalled(9), "ambiguous"), (.signalled(15), "ambiguous"),
    ] as [(ProcessReply.End, String)]
  )
  func verdicts(end: ProcessReply.End, expected: String) throws {
    #expect(try Self.contract.channel().interpret(.process(ProcessReply(end))).name == expected)
  }

  @Test(
    "judges a run that did not complete",
    arguments: [(.notStarted, "operator"), (.timedOutAfterSending, "ambiguous"), (.cancelled, "retry")]
      as [(TransportFailure.Kind, String)]
  )
  func failures(kind: TransportFailure.Kind, expected: String) throws {
    #expect(try Self.contract.channel().interpret(.failed(TransportFailure(kind, ""))).name == expected)
  }

  @Test("uses the last line of a program's errors as the reason, clean, short and without its secrets")
  func reason() throws {
    func reason(_ errors: String) throws -> String {
      let reply = ProcessReply(.exited(1), errors: Array(errors.utf8))
      guard case .retry(_, let reason) = try Self.contract.channel().interpret(.process(reply)) else { return "" }
      return reason.text
    }
    #expect(try reason("") == "The program exited with status 1.")
    #expect(try reason("one\ntwo\n \n") == "The program exited with status 1. Output: two")
    #expect(
      try reason("a\u{1B}[31m\tb\u{7}t0p-s3cret") == "The program exited with status 1. Output: a [31m b ‹secret›"
    )
    #expect(try reason(String(repeating: "x", count: 9_000)).utf8.count < 400)
  }

  @Test(
    "stores a last line that is an object of strings as its receipt",
    arguments: [
      ("", [:]), ("sent", [:]), (#"{"id":7}"#, [:]), (#"["id"]"#, [:]),
      (#"{"id":"m-7"}"#, ["id": "m-7"]), ("working…\n{\"id\":\"m-7\",\"n\":\"\"}\n", ["id": "m-7", "n": ""]),
    ] as [(String, Labels)]
  )
  func receipt(output: String, expected: Labels) throws {
    let reply = ProcessReply(.exited(0), output: Array(output.utf8))
    #expect(try Self.contract.channel().interpret(.process(reply)) == .delivered(Receipt(expected)))
  }

  @Test(
    "rejects invalid settings",
    arguments: [
      (#"{ "command": "page" }"#, "not the absolute path"), (#"{ "command": ["page"] }"#, "PATH is not searched"),
      (#"{ "command": "/usr/bin/page --now" }"#, "not split by a shell"),
      (#"{ "command": [] }"#, "the list is empty"),
      (#"{ "command": ["/bin/page", "{{title}}"] }"#, "never an argument"),
      (#"{ "command": ["/bin/page", 7] }"#, "Put it in quotes"),
      (#"{ "command": "/bin/page", "environment": { "A B": "1" } }"#, "this name is not allowed"),
      (#"{ "command": "/bin/page", "environment": { "BELFRY_DELIVERY": "1" } }"#, "BELFRY_ are reserved"),
      (#"{ "command": "/bin/page", "max_input": 100 }"#, "a whole number in"),
      (#"{ "comand": "/bin/page" }"#, "Did you mean \"command\"?"),
    ]
  )
  func settings(json: String, message: String) {
    #expect { try ChannelContract(ExecChannel.self, settings: json).channel() } throws: { "\($0)".contains(message) }
  }

  private func run(_ notice: Notice) throws -> ProcessRun {
    guard case .process(let run) = try Self.contract.channel().compose(notice) else {
      throw BrokenContract(breaches: ["not a program"])
    }
    return run
  }
}
