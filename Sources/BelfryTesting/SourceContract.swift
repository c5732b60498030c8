// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import Synchronization

/// The contract of every source, as a test: whatever a service answers, nothing crashes, nothing leaks, and an alert never
/// counts as resolved because something could not be read.
///
/// ```swift
/// @Test("keeps the contract of sources")
/// func contract() async throws {
///   try await SourceContract(IncidentSource.self, settings: #"{ "url": "https://example.com", "token": "t0p-s3cret" }"#) { _ in
///     .http(HTTPReply(status: 200, body: Array(#"[{ "id": 7, "title": "Payments fail" }]"#.utf8)))
///   }.verify()
/// }
/// ```
/// It is a value with one function and depends on no test library.
public struct SourceContract<Source: AlertSource>: Sendable {
  let settings: SettingsContract<Source.Settings>
  let firing: @Sendable (Outgoing) -> Reply
  let breaking: (@Sendable () async throws -> Void)?

  /// Creates the contract for a source.
  ///
  /// - Parameters:
  ///   - type: The source.
  ///   - settings: Its settings as in `channels.json`, with every secret set to a word that occurs nowhere else. The
  ///     contract searches for that word where it must not occur.
  ///   - environment: The values of the variables in the settings, such as `${TOKEN}`. All of them are secret.
  ///   - folder: The folder that relative paths in the settings refer to.
  ///   - firing: The service's answers while at least one alert is active.
  ///   - breaking: Makes what the source reads by itself unreadable, such as by removing a file; nil for a source that only
  ///     sends requests.
  public init(
    _ type: Source.Type,
    settings: String,
    environment: [String: String] = [:],
    folder: String = "/srv/belfry",
    firing: @escaping @Sendable (Outgoing) -> Reply = { _ in .failed(TransportFailure(.notConnected, "a test")) },
    breaking: (@Sendable () async throws -> Void)? = nil
  ) {
    self.settings = SettingsContract(text: settings, environment: environment, folder: folder)
    self.breaking = breaking
    self.firing = firing
  }

  /// The source made from the settings, for the source's own tests.
  ///
  /// - Throws: `BrokenContract` if the settings have errors.
  public func source() throws -> Source { Source(name: "contract", settings: try settings.decoded()) }

  /// Checks the whole contract.
  ///
  /// - Throws: `BrokenContract`, which lists every breach; the error of `breaking`.
  public func verify() async throws {
    var breaches = Breaches()
    if let node = settings.check(&breaches), var source = try? source() {
      checkSecrecy(source, node, &breaches)
      let sent = Sent()
      let active = await pollUntilActive(&source, sent, &breaches)
      if active.isEmpty {
        breaches.add("no alert is active with these settings and answers.")
      } else {
        let state = ActiveState(source: source, ids: active)
        await checkRepetition(state, &breaches)
        if let first = sent.all.first {
          for outgoing in sent.all { checkRequest(outgoing, &breaches) }
          await checkFailures(state, &breaches)
          switch firing(first) {
          case .http(let reply): await checkAnswers(reply, state, &breaches)
          case .process(let reply): await checkRuns(reply, first, state, &breaches)
          case .mail, .appended, .failed: break
          }
        }
        try await checkBreaking(state, hasSent: !sent.all.isEmpty, &breaches)
      }
    }
    try breaches.finish()
  }

  /// A source after polls that found alerts, and their ids.
  private struct ActiveState {
    var source: Source
    var ids: Set<String>
  }

  private static var start: Instant { Instant(seconds: 1_800_000_000) }

  /// Polls until there are alerts: a source may need several bad answers in a row.
  private func pollUntilActive(_ source: inout Source, _ sent: Sent, _ breaches: inout Breaches) async -> Set<String> {
    for count in 0..<5 {
      let context = PollContext(at: Self.start + .seconds(60 * count)) { [firing] outgoing in
        sent.add(outgoing)
        return firing(outgoing)
      }
      let observation = await source.poll(context)
      let alerts = observation.reported
      check(alerts, &breaches)
      if !alerts.isEmpty { return Set(alerts.map(\.id)) }
    }
    return []
  }

  private func poll(_ state: ActiveState, _ reply: @escaping @Sendable (Outgoing) -> Reply) async -> Observation {
    var source = state.source
    return await source.poll(PollContext(at: Self.start + .seconds(600)) { reply($0) })
  }
}

// MARK: - Checks

extension SourceContract {
  private func checkSecrecy(_ source: Source, _ node: JSONNode, _ breaches: inout Breaches) {
    settings.checkForms(of: source, "the source", &breaches)
    if let decoded = try? settings.decoded() { settings.checkForms(of: decoded, "the settings", &breaches) }
    let mask = Redaction(settings.decode(node).report.sealed)
    for secret in settings.secrets {
      if source.subject.contains(secret) { breaches.add("`subject` shows a secret.") }
      if mask.masked("is \(secret) ok").contains(secret) {
        breaches.add(
          "a secret is not masked in what the service answers; read it as a `Secret`, or call `Report.seal`."
        )
      }
    }
  }

  private func check(_ alerts: [Alert], _ breaches: inout Breaches) {
    breaches.expect(Set(alerts.map(\.id)).count == alerts.count, "two alerts have one id.")
    for alert in alerts {
      breaches.expect(!alert.id.isEmpty, "an alert has no id.")
      breaches.expect(!alert.title.isEmpty, "the alert \(alert.id) has no title.")
      breaches.expect(
        alert.source == "" || alert.source == "contract",
        "the alert \(alert.id) names another source; leave `source` empty."
      )
    }
  }

  /// Checks that the same answer means the same alerts.
  private func checkRepetition(_ state: ActiveState, _ breaches: inout Breaches) async {
    let observation = await poll(state, firing)
    expectActive(state, observation, "the same answer again", &breaches)
    if case .alerts(let snapshot) = observation.outcome {
      breaches.expect(
        Set(snapshot.alerts.map(\.id)) == state.ids,
        "the same answer gives alerts with other ids at the next poll."
      )
    }
  }

  /// Checks that a request ends by itself, has an answer of limited size, and shows no secret.
  private func checkRequest(_ outgoing: Outgoing, _ breaches: inout Breaches) {
    switch outgoing {
    case .http(let exchange):
      breaches.expect(exchange.limits.total <= .seconds(60), "a request may take longer than a minute.")
      breaches.expect(exchange.limits.replyBytes <= 64 << 20, "an answer may be larger than 64 MiB.")
    case .process(let run):
      breaches.expect(run.limits.total <= .seconds(60), "a program may run longer than a minute.")
      breaches.expect(run.limits.outputBytes <= 64 << 20, "a program's output may be larger than 64 MiB.")
    case .mail, .append: breaches.add("a source sends a mail or writes a file.")
    }
    settings.checkForms(of: outgoing, "what is sent", &breaches)
    for secret in settings.secrets where outgoing.carriesOpenly(secret) {
      breaches.add("a secret appears in the body, the address or a plain header field of what is sent.")
    }
  }

  private func checkFailures(_ state: ActiveState, _ breaches: inout Breaches) async {
    for kind in TransportFailure.Kind.allCases {
      let observation = await poll(state) { _ in .failed(TransportFailure(kind, "a test")) }
      expectActive(state, observation, "the failure \(kind.rawValue)", &breaches)
      breaches.expect(!observation.isUnchanged, "the failure \(kind.rawValue) counts as an unchanged answer.")
    }
    for reply in [Reply.appended, .mail(MailReply(code: 250, text: "2.0.0 Ok"))] {
      expectActive(state, await poll(state) { _ in reply }, "an answer of another kind", &breaches)
    }
  }

  private func checkAnswers(_ good: HTTPReply, _ state: ActiveState, _ breaches: inout Breaches) async {
    for status in 100...599 where status / 100 != 2 {
      for body in ["", "[]", "{}", #"{"alerts":[]}"#] {
        let observation = await poll(state) { _ in .http(HTTPReply(status: status, body: Array(body.utf8))) }
        expectActive(state, observation, "status \(status)", &breaches)
      }
    }
    for body in damaged(good.body) {
      let observation = await poll(state) { _ in .http(HTTPReply(status: good.status, body: body)) }
      expectActive(state, observation, "a damaged answer (\(shown(body)))", &breaches)
    }
  }

  private func checkRuns(
    _ good: ProcessReply,
    _ outgoing: Outgoing,
    _ state: ActiveState,
    _ breaches: inout Breaches
  ) async {
    let ends = (1...255).map { ProcessReply.End.exited($0) } + (1...64).map { .signalled($0) }
    for end in ends {
      for output in ["", "[]", "{}", #"{"alerts":[]}"#] {
        let observation = await poll(state) { _ in .process(ProcessReply(end, output: Array(output.utf8))) }
        expectActive(state, observation, "\(end)", &breaches)
      }
    }
    for output in damaged(good.output) {
      let observation = await poll(state) { _ in .process(ProcessReply(good.end, output: output)) }
      expectActive(state, observation, "a damaged output (\(shown(output)))", &breaches)
    }
    guard case .process(let run) = outgoing else { return }
    // The beginning of a long output is lost.
    let rest = Array("[]".utf8)
    let cut = [UInt8](repeating: UInt8(ascii: " "), count: max(0, run.limits.outputBytes - rest.count)) + rest
    let observation = await poll(state) { _ in .process(ProcessReply(good.end, output: cut)) }
    expectActive(state, observation, "an output whose beginning is lost", &breaches)
  }

  private func checkBreaking(_ state: ActiveState, hasSent: Bool, _ breaches: inout Breaches) async throws {
    guard let breaking else {
      return breaches.expect(hasSent, "the source sends nothing; give the contract `breaking`, to make it unreadable.")
    }
    try await breaking()
    let observation = await poll(state, firing)
    expectActive(state, observation, "what cannot be read", &breaches)
    breaches.expect(!observation.isGood, "what cannot be read counts as read.")
  }

  /// Checks that no active alert counts as resolved.
  private func expectActive(
    _ state: ActiveState,
    _ observation: Observation,
    _ answer: String,
    _ breaches: inout Breaches
  ) {
    let resolved: Set<String> =
      switch observation.outcome {
      case .alerts(let snapshot) where snapshot.isComplete: state.ids.subtracting(snapshot.alerts.map(\.id))
      case .changes(_, let ids): state.ids.intersection(ids)
      case .alerts, .unchanged, .partial, .failed: []
      }
    breaches.expect(resolved.isEmpty, "\(answer) resolves an active alert.")
    for secret in settings.secrets where observation.trouble?.contains(secret) == true {
      breaches.add("the reason given for \(answer) shows a secret.")
    }
  }

  /// Texts that are not the answer of a service that works.
  private func damaged(_ good: [UInt8]) -> [[UInt8]] {
    let texts = ["", " ", "null", "true", "7", "{}", "<html>sorry</html>", "\u{0}", #"{"error":"no"}"#, "[[[["]
    let step = max(1, good.count / 200)
    // White space at the end is no part of the text.
    let whole = good.count - good.reversed().prefix { $0 <= 0x20 }.count
    let beginnings = stride(from: 0, to: whole, by: step).map { Array(good.prefix($0)) }
    return texts.map { Array($0.utf8) } + [[0xFF, 0xFE], [UInt8](repeating: UInt8(ascii: "["), count: 10_000)]
      + beginnings
  }

  private func shown(_ body: [UInt8]) -> String { String(decoding: body.suffix(20), as: UTF8.self) }
}

extension Observation {
  /// The alerts in it.
  fileprivate var reported: [Alert] {
    switch outcome {
    case .alerts(let snapshot): snapshot.alerts
    case .changes(let alerts, _), .partial(let alerts, _): alerts
    case .unchanged, .failed: []
    }
  }

  fileprivate var isUnchanged: Bool { if case .unchanged = outcome { true } else { false } }
}

/// What a source has sent.
private final class Sent: Sendable {
  private let record = Mutex<[Outgoing]>([])
  func add(_ outgoing: Outgoing) { record.withLock { $0.append(outgoing) } }
  var all: [Outgoing] { record.withLock { $0 } }
}
