// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("Changes of labels in the file")
struct TransformSettingsTests {
  private func read(_ rest: String) -> (configuration: Configuration?, findings: [String]) {
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: SourceRegistry.builtIn,
      environment: ["T": "token", "REGION": "eu-1"]
    )
    let text =
      #"{"channels": {"j": {"kind": "test", "token": "${T}", "to": "ann"}}, "routes": [{"to": "j"}], \#(rest)}"#
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/nowhere")
    return (read.configuration, read.findings.map { "\($0.level.rawValue) \($0.path): \($0.message)" })
  }

  private static let keys = #""rename": {"env": "environment"}, "set": {"region": "${REGION}"}, "drop": "pod_uid""#
  private static let labels: Labels = ["env": "prod", "pod_uid": "1"]
  private static let changed: Labels = ["environment": "prod", "region": "eu-1"]

  @Test("are read for a source of any kind, for pushes and for inputs")
  func everywhere() throws {
    let found = read(
      #""sources": {"own": {"kind": "file", "path": "a.json", \#(Self.keys)}}, "#
        + #""server": {"listen": "127.0.0.1:0", \#(Self.keys)}, "#
        + #""inputs": {"zabbix": {"id": "id", "title": "name", \#(Self.keys)}}"#
    )
    #expect(found.findings == [])
    let configuration = try #require(found.configuration)
    let transforms = [
      configuration.sources.first?.common.transform, configuration.server?.transform,
      configuration.inputs.first?.map.transform,
    ]
    for transform in transforms { #expect(transform?.labels(Self.labels) == Self.changed) }
  }

  @Test(
    "that contradict each other or name no label are refused, each at its place",
    arguments: [
      (#""drop": []"#, ["error drop: the list is empty."]),
      (#""drop": ["a", ""]"#, ["error drop: a label's name is one line of 1 to 256 bytes."]),
      (#""rename": {"a": "b\nc"}"#, ["error rename.a: a label's name is one line of 1 to 256 bytes."]),
      (#""rename": {"a": "a"}"#, ["error rename.a: it is its name already."]),
      (#""rename": {"a": "b"}, "drop": ["a"]"#, [#"error rename: the label "a" is also left out by `drop`."#]),
      (#""rename": {"a": "c", "b": "c"}"#, [#"error rename: the labels "a" and "b" both become "c"."#]),
      (
        #""rename": {"a": "b"}, "set": {"b": "1"}"#,
        [#"warning rename: the label "b" always has the value in `set`."#]
      ),
      (#""set": {"a": ""}"#, ["error set.a: the value is empty."]),
      (#""set": {"a": 1}"#, ["error set.a: expected a string, found a number."]),
    ] as [(String, [String])]
  )
  func refused(keys: String, findings: [String]) {
    let source = read(#""sources": {"own": {"kind": "file", "path": "a.json", \#(keys)}}"#)
    #expect(source.findings == findings.map { $0.replacing(" ", with: " sources.own.", maxReplacements: 1) })
    let server = read(#""server": {"listen": "127.0.0.1:0", \#(keys)}"#)
    #expect(server.findings == findings.map { $0.replacing(" ", with: " server.", maxReplacements: 1) })
  }

  @Test("are made at every poll, whatever the source says of the others")
  func polled() async {
    let alert = Alert(id: "a", severity: .info, title: "t", labels: Self.labels)
    let outcomes: [Observation.Outcome] = [
      .alerts(AlertSnapshot(alerts: [alert])), .changes([alert], resolved: ["b"]), .partial([alert], "why"),
    ]
    for outcome in outcomes {
      var common = CommonSourceSettings()
      common.transform.rename.names = ["env": "environment"]
      common.transform.set.labels = ["region": "eu-1"]
      common.transform.drop.names = ["pod_uid"]
      var observation = Observation(outcome)
      observation.investigations = [InvestigationRequest(alert)]
      var source = ConfiguredSource(name: "own", source: SayingSource(observation), common: common)
      let polled = await source.poll(
        PollContext(at: Instant(seconds: 0)) { _ in .failed(TransportFailure(.other, "")) }
      )
      let alerts: [Alert]
      switch polled.outcome {
      case .alerts(let snapshot): alerts = snapshot.alerts
      case .changes(let changes, _): alerts = changes
      case .partial(let some, _): alerts = some
      case .unchanged, .failed: alerts = []
      }
      for alerts in [alerts, polled.investigations.map(\.alert)] {
        #expect(alerts.map(\.labels) == [Self.changed])
        #expect(alerts.map(\.key) == [AlertKey(source: "own", id: "a")])
      }
    }
  }
}

/// Always says the same.
private struct SayingSource: AlertSource {
  struct Settings: SourceSettings {
    static let fields: [Field<Self>] = []
  }

  static let kind: SourceKind = "saying"
  private var observation = Observation.unchanged

  init(_ observation: Observation) { self.observation = observation }
  init(name: SourceName, settings: Settings) {}

  func poll(_ context: PollContext) async -> Observation { observation }
}
