// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import Testing

@Suite("A body posted to an input")
struct InputMapTests {
  private static let zabbix = #"""
    {"alerts": "/events", "id": "{{ eventid }}", "severity": "{{ severity|map:\"5=critical,4=critical,*=warning\" }}",
     "title": ["name", "trigger"], "status": {"from": "value", "ends": ["0", "OK"]}, "labels": "tags",
     "detail": "{% if host %}on {{ host }}{% endif %}"}
    """#

  private func input(_ settings: String) throws -> InputSettings {
    let file = #"{"channels": {"a": {"kind": "file", "path": "a"}}, "routes": [{"to": "a"}], "#
    let settings = settings.replacing(
      #""title": ["name", "trigger"]"#,
      with: #""title": {"from": ["name", "trigger"]}"#
    )
    let server = #", "server": {"listen": "127.0.0.1:0"}}"#
    return try #require(try Configuration.parse(file + #""inputs": {"it": \#(settings)}"# + server).input(named: "it"))
  }

  private func read(_ body: String, _ settings: String = zabbix) throws -> PushedAlerts {
    let input = try input(settings)
    return AlertDecoding.readInput(
      SourceText(name: "the body", bytes: Array(body.utf8)),
      from: input.source,
      by: input.map
    )
  }

  @Test("is read by paths, tables and templates")
  func fields() throws {
    let pushed = try read(
      #"""
      {"v": 1, "events": [
        {"eventid": 42, "severity": 5, "name": "CPU high", "host": "web-3", "value": 1, "tags": {"team": "web", "n": 7, "e": ""}},
        {"eventid": "43", "severity": 2, "trigger": "Disk", "value": "ok"}]}
      """#
    )
    #expect(pushed.fault == nil && pushed.refusedCount == 0 && pushed.remarks.isEmpty)
    let first = try #require(pushed.alerts.first)
    #expect(first.alert.key == AlertKey(source: "it", id: "42"))
    #expect(first.alert.severity == .critical)
    #expect(first.alert.title == "CPU high")
    #expect(first.alert.detail == "on web-3")
    #expect(Array(first.alert.labels).map { "\($0.name)=\($0.value)" } == ["n=7", "team=web"])
    #expect(!first.isOver)
    let second = try #require(pushed.alerts.last)
    #expect(second.alert.severity == .warning && second.alert.title == "Disk" && second.alert.detail.isEmpty)
    #expect(second.isOver)
  }

  @Test(
    "may be a list, one alert, or contain either",
    arguments: [
      (#"[{"id": "a"}, {"id": "b"}]"#, "", ["a", "b"]), (#"{"id": "a"}"#, "", ["a"]), ("[]", "", []),
      (#"{"x": {"y": {"id": "a"}}}"#, #""alerts": "x.y", "#, ["a"]),
      (#"{"x": [0, [{"id": "a"}]]}"#, #""alerts": "/x/1", "#, ["a"]),
    ]
  )
  func places(body: String, alerts: String, ids: [String]) throws {
    let pushed = try read(body, #"{\#(alerts)"id": "id", "title": "id"}"#)
    #expect(pushed.fault == nil)
    #expect(pushed.alerts.map(\.alert.id) == ids)
  }

  @Test(
    "with a wrong alert costs that alert only",
    arguments: [
      ("7", "it is a number, not an object"), ("[]", "it is a list, not an object"),
      ("null", "it is null, not an object"),
      (#"{"id": ""}"#, "there is no id: the entry has no text at `id`"),
      (#"{"id": {"a": 1}}"#, "there is no id: the entry has no text at `id`"),
      (#"{"id": "  "}"#, "there is no id: the entry has no text at `id`"),
    ]
  )
  func neighbours(entry: String, reason: String) throws {
    let pushed = try read(
      #"[{"id": "a"}, \#(entry), {"id": "b"}]"#,
      #"{"id": "id", "title": {"from": "title", "default": "T"}}"#
    )
    #expect(pushed.alerts.map(\.alert.id) == ["a", "b"])
    #expect(pushed.alerts.map(\.index) == [0, 2])
    #expect(pushed.refusals == [PushedAlerts.Refusal(index: 1, reason: reason)])
  }

  @Test(
    "that is not what the map expects is refused completely, with the reason",
    arguments: [
      ("", "1:1:"), ("[{\"id\": \"a\"}", "1:"), ("[{\"id\": 'a'}]", "1:9:"), ("{\"id\": \"a\"} x", "1:"),
      ("7", "the body is a number, not a list or an object."),
      (String(repeating: "[", count: 5_000), "1:"),
    ]
  )
  func faults(body: String, fault: String) throws {
    let pushed = try read(body, #"{"id": "id", "title": "id"}"#)
    #expect(pushed.alerts.isEmpty)
    #expect(pushed.fault?.hasPrefix(fault) == true, "\(pushed.fault ?? "none")")
  }

  @Test("without the member that has the alerts names what is there instead")
  func missing() throws {
    #expect(try read(#"{"event": [], "b": 1}"#).fault == "there is no `/events`: the body has `event`, `b`.")
    #expect(try read(#"{"events": "none"}"#).fault == "`/events` is a string, not a list or an object.")
  }

  @Test("keeps identities apart when they are cut, and texts on their line")
  func hostileTexts() throws {
    let long = String(repeating: "x", count: 2_000)
    let pushed = try read(
      #"[{"id": "\#(long)1"}, {"id": "\#(long)2"}, {"id": "c", "t": "a\nb\u001b[2J"}]"#,
      #"{"id": "{{ id }}", "title": {"from": "t", "default": "T"}, "labels": {"id": "id"}}"#
    )
    let ids = pushed.alerts.map(\.alert.id)
    #expect(Set(ids).count == 3)
    #expect(ids.allSatisfy { $0.utf8.count <= 512 })
    #expect(pushed.alerts[2].alert.title.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test("that nests too deeply loses what is too deep, not the alert")
  func deep() throws {
    let nest = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    let pushed = try read(#"[{"id": "a", "x": \#(nest)}]"#, #"{"id": "id", "title": "id"}"#)
    #expect(pushed.alerts.map(\.alert.id) == ["a"])
    #expect(pushed.remarks.count == 1)
  }

  @Test("with more alerts than a request may have is read up to there")
  func many() throws {
    let body = (0...InputMap.mostAlerts).map { #"{"id": "\#($0)"}"# }.joined(separator: ",")
    let pushed = try read("[\(body)]", #"{"id": "id", "title": "id"}"#)
    #expect(pushed.alerts.count == InputMap.mostAlerts)
    #expect(pushed.refusals.map(\.reason) == ["a request may have 1,000 alerts"])
  }

  @Test("that costs a template more than its limits loses that alert only")
  func costly() throws {
    let list = "[" + (0..<5_000).map(String.init).joined(separator: ",") + "]"
    let pushed = try read(
      #"[{"id": "a", "list": \#(list)}, {"id": "b", "list": [1, 2]}]"#,
      #"{"id": "id", "title": "{% for one in list %}{{ one }}{% endfor %}"}"#
    )
    #expect(pushed.alerts.map(\.alert.title) == ["12"])
    #expect(pushed.refusals.map(\.reason) == ["a template cannot be used: it takes more than 2,000 steps"])
  }

  @Test("leaves out what `only` does not name, and counts an alert without a status as firing, with a remark")
  func onlyAndStatus() throws {
    let pushed = try read(
      #"[{"id": "a", "kind": "problem", "s": "RESOLVED"}, {"id": "b", "kind": "note"}, {"id": "c", "kind": "problem"}]"#,
      #"{"id": "id", "title": "id", "only": {"kind": "problem"}, "status": "s"}"#
    )
    #expect(pushed.alerts.map { "\($0.alert.id) \($0.isOver)" } == ["a true", "c false"])
    #expect(pushed.ignored == [1])
    #expect(pushed.remarks.count == 1 && pushed.remarks[0].contains("counts as firing"))
  }

  @Test(
    "has settings that are read strictly",
    arguments: [
      (#"{"title": "t"}"#, "`id` is missing"),
      (#"{"id": "{{ a", "title": "t"}"#, "line 1, column 1: \"{{\" is not closed."),
      (#"{"id": "{{ a|uper }}", "title": "t"}"#, "uper"),
      (#"{"id": {"from": "{{ a }}"}, "title": "t"}"#, "a template is not a path."),
      (#"{"id": "{{ a }}${HOME:-x}", "title": "t"}"#, "a template cannot contain a variable."),
      (#"{"id": "a", "title": "t", "status": {"from": "s"}}"#, "`ends` is missing"),
      (#"{"id": "a", "title": "t", "status": {"from": "s", "ends": []}}"#, "the list is empty."),
      (#"{"id": "a", "title": "t", "list": "x"}"#, "unknown key."),
      (#"{"id": "a..b", "title": "t"}"#, "is not a path."),
    ]
  )
  func settings(settings: String, message: String) throws {
    let error = #expect(throws: Unreadable.self) { try input(settings) }
    #expect(error?.texts.contains { $0.contains(message) } == true, "\(error?.texts ?? [])")
  }
}
