// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("A kind of source of one's own")
struct SourceRegistryTests {
  private func read(_ source: String, environment: [String: String] = [:]) -> (ConfiguredSource?, [String]) {
    let text = """
      {"channels": {"pager": {"kind": "test", "token": "x", "to": "x"}}, "routes": [{"to": "pager"}], "sources": {
      "own": \(source)}}
      """
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: SourceRegistry([TideSource.self] + BuiltInSources.all),
      environment: environment
    )
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/etc/belfry")
    let errors = read.findings.filter { $0.level == .error }.map { "\($0.path): \($0.message) \($0.remedy)" }
    return (read.configuration?.sources.first, errors)
  }

  @Test("is read with its own keys and those of every source, and polled with its secrets masked")
  func reads() async throws {
    let text = #"{"kind": "tide", "harbour": "${H}", "every": "10s", "stale": "1m", "note": "by the sea"}"#
    let (found, errors) = read(text, environment: ["H": "hamburg-harbour"])
    var source = try #require(found, "\(errors)")
    #expect(source.kind == "tide" && source.subject == "the tide" && source.name == "own")
    #expect(
      source.every(.seconds(180)) == .seconds(10) && source.stale == .seconds(60) && source.common.note == "by the sea"
    )
    let context = PollContext(at: Instant(seconds: 0)) { _ in .failed(TransportFailure(.other, "what?")) }
    #expect(await source.poll(context).trouble == "no tide at ‹secret›")
    let flood = PollContext(at: Instant(seconds: 1)) { _ in .failed(TransportFailure(.other, "what?")) }
    guard case .alerts(let snapshot) = await source.poll(flood).outcome else {
      Issue.record("it reads no alerts")
      return
    }
    let alert = try #require(snapshot.alerts.first)
    #expect(alert.source == "own")
    #expect(alert.annotations == ["place": "at ‹secret›", "dashboard": "https://tides"])
    #expect(alert.link.isEmpty && alert.sourceLink.isEmpty)
  }

  @Test(
    "is checked as strictly as a built-in one",
    arguments: [
      (#"{"kind": "tied"}"#, "sources.own.kind: there is no kind \"tied\". Did you mean \"tide\"?"),
      (#"{"kind": "tide"}"#, "sources.own: `harbour` is missing: The harbour. Add it."),
      (#"{"kind": "tide", "harbour": "x", "evry": "1m"}"#, "sources.own.evry: unknown key. Did you mean \"every\"?"),
      (#"{"kind": "tide", "harbour": "x", "every": "0s"}"#, "sources.own.every: it is shorter than one second."),
      (#"{"kind": "tide", "harbour": "dry"}"#, "sources.own.harbour: there is no water."),
    ]
  )
  func refuses(source: String, message: String) {
    let (found, errors) = read(source)
    #expect(found == nil && errors.count == 1 && errors.first?.hasPrefix(message) == true, "\(errors)")
  }

  @Test("appears in the schema beside the built-in ones")
  func schema() throws {
    let text = ConfigurationSchema.text(TestChannel.registry, SourceRegistry([TideSource.self]))
    let kinds = try #require(
      JSONNode(json: Array(text.utf8))?["properties"]?["sources"]?["additionalProperties"]?["anyOf"]
    )
    let keys = try #require(kinds.elements?.first?["properties"]?.members?.map(\.name))
    #expect(keys == ["kind", "harbour", "every", "stale", "rename", "set", "drop", "note"])
  }
}

/// The tide at a harbour.
private struct TideSource: AlertSource {
  struct Settings: SourceSettings {
    var harbour = Secret()

    static let fields: [Field<Self>] = [.required("harbour", \.harbour, "The harbour.")]

    func check(_ report: inout Report) {
      if harbour.reveal() == "dry" { report.error("there is no water.", key: "harbour") }
    }
  }

  static let kind: SourceKind = "tide"
  private let harbour: Secret

  init(name: SourceName, settings: Settings) { harbour = settings.harbour }

  var subject: String { "the tide" }

  /// Fails at first, then reports a flood with the secret in every text.
  func poll(_ context: PollContext) async -> Observation {
    let place = harbour.reveal()
    if context.now == Instant(seconds: 0) { return .failed("no tide at \(place)") }
    let alert = Alert(
      id: "flood",
      severity: .critical,
      title: "High tide",
      link: "https://tides/\(place)",
      annotations: ["place": "at \(place)", "runbook_url": "https://tides/\(place)", "dashboard": "https://tides"],
      sourceLink: "https://tides/\(place)"
    )
    return Observation(.alerts(AlertSnapshot(alerts: [alert])))
  }
}
