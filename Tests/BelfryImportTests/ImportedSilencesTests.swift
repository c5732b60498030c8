// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryImport

@Suite("Imported silences")
struct ImportedSilencesTests {
  private func silence(_ members: String, state: String = "active") -> String {
    """
    {"id": "a1", "status": {"state": "\(state)"}, "startsAt": "2027-01-15T08:00:00.000Z", "endsAt": "2027-01-16T08:00:00.000Z",
     "createdBy": "ann", "comment": "It's a deployment; $(reboot)", \(members)}
    """
  }

  private func imported(_ silences: String...) throws -> ImportedSilences {
    try #require(ImportedSilences(json: Array("[\(silences.joined(separator: ","))]".utf8)))
  }

  @Test("become commands that a shell reads as they are")
  func commands() throws {
    let matchers = #"""
      "matchers": [{"name": "team", "value": "web", "isRegex": false, "isEqual": true},
                   {"name": "env", "value": "it's|\"p\"", "isRegex": true, "isEqual": false}]
      """#
    let silences = try imported(
      silence(matchers),
      silence(matchers, state: "pending"),
      silence(matchers, state: "expired")
    )
    #expect(silences.problems == [])
    let rest = #"'env!~"it'\''s|\"p\""'"#
    let end = #"--until=2027-01-16T08:00:00Z '--author=ann' '--comment=It'\''s a deployment; $(reboot)' "$@""#
    #expect(
      silences.commands == [
        #"belfry silence add 'team="web"' \#(rest) \#(end)"#,
        #"belfry silence add 'team="web"' \#(rest) --from=2027-01-15T08:00:00Z \#(end)"#,
      ]
    )
    #expect(silences.script.split(separator: "\n").suffix(2).map(String.init) == silences.commands)
  }

  @Test(
    "that cannot be carried over are named",
    arguments: [
      (#""matchers": []"#, "no matchers"), (#""matchers": [{"name": "a"}]"#, "no name or no value"),
      (#""matchers": [{"name": "a", "value": "(", "isRegex": true}]"#, "missing )"),
    ]
  )
  func problems(members: String, reason: String) throws {
    let silences = try imported(silence(members))
    #expect(silences.commands == [])
    #expect(silences.problems.count == 1)
    #expect(silences.problems[0].hasPrefix("silence a1: ") && silences.problems[0].contains(reason))
    #expect(silences.script.contains("# left out: silence a1: "))
  }

  @Test("are nothing else than a list", arguments: ["{}", "x", #"{"error": "no"}"#])
  func other(json: String) {
    #expect(ImportedSilences(json: Array(json.utf8)) == nil)
  }
}
