// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy

// The tools that change or send something.
extension AlertTools {
  func sendTestAlert(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let (severity, channel) = (arguments.text("severity"), arguments.text("channel"))
    let target: SendTest.Target
    switch (severity, channel) {
    case (let severity?, nil): target = .severity(Severity(severity))
    case (nil, let channel?): target = .channel(channel)
    default: throw ToolRefusal("Pass either severity or channel.")
    }
    do {
      let test = try await perform(SendTest(target), by: caller)
      let names = test.results.map(\.channel.name).joined(separator: ", ")
      let answer = tested(test.alert.severity.name, names, test.alert.id, error: test.failure)
      if let error = test.failure { throw ToolRefusal("A channel did not accept it: \(error)", answer: answer) }
      return answer
    } catch let refusal as OperationRefusal where refusal.code == .refused {
      let message = refusal.description
      throw ToolRefusal(message, answer: tested(severity ?? "info", channel ?? "", "", error: message))
    }
  }

  private func tested(_ severity: String, _ channel: String, _ alert: String, error: String?) -> [UInt8] {
    written { writer in
      writer.member("success", error == nil)
      writer.member("severity", severity)
      writer.member("channel", channel)
      writer.member("alert_id", alert)
      if let error { writer.member("error", error) }
      writer.member("deploy_env", configuration.deployment)
    }
  }

  func silence(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let added = try await perform(AddSilence(try makeSilence(arguments, by: caller)), by: caller)
    let matches = try await SilenceMatches.read(added.silence.matcher, in: ledger)
    var writer = JSONWriter()
    added.encode(matches, into: &writer)
    return writer.bytes
  }

  private func makeSilence(_ arguments: ToolArguments, by caller: Caller) throws -> Silence {
    let matcher = try AlertTools.matcher(arguments.node["match"], configuration.rules.severities)
    guard !matcher.isCatchAll else {
      throw ToolRefusal("match is empty: pass severity, category, source or labels.")
    }
    let comment = (arguments.text("comment") ?? "").oneLine.truncated(to: 500)
    guard !comment.isEmpty else { throw ToolRefusal("comment is empty. Give a reason.") }
    let now = now
    return Silence(
      id: SilenceID(""),
      matcher: matcher,
      from: now,
      until: try end(arguments, after: now),
      author: caller.name,
      comment: comment
    )
  }

  private func end(_ arguments: ToolArguments, after now: Instant) throws -> Instant {
    switch (arguments.text("for"), arguments.text("until")) {
    case (let text?, nil):
      guard let length = Duration(text: text), length > .zero else {
        throw ToolRefusal("for: \(text.oneLine.truncated(to: 40)) is not a duration. Write it like 30m, 2h or 7d.")
      }
      return now + length
    case (nil, let text?):
      guard let end = Instant(iso8601: text) else {
        throw ToolRefusal("until: \(text.oneLine.truncated(to: 40)) is not a time. Write it like 2026-11-25T07:00:00Z.")
      }
      guard end > now else { throw ToolRefusal("until: \(end.iso8601) is in the past; it is now \(now.iso8601).") }
      return end
    default: throw ToolRefusal("Pass either for or until.")
    }
  }

  /// Reads it like the `match` of a route in `channels.json`.
  private static func matcher(_ node: JSONNode?, _ severities: SeverityScale) throws -> Matcher {
    var writer = JSONWriter()
    node.map { writer.copy($0) }
    let source = SourceText(name: "match", bytes: writer.bytes)
    var report = Report(source: source, folder: "")
    report.severities = severities
    let matcher = JSONTree.parse(source).node.flatMap { Matcher.read($0, &report) }
    guard report.findings.isEmpty, let matcher else {
      let lines = report.findings.map { finding in
        "match\(finding.path.isEmpty ? "" : ".")\(finding.path): \(finding.message) \(finding.remedy)"
      }
      throw ToolRefusal(lines.joined(separator: "\n"))
    }
    return matcher
  }

  func acknowledge(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let alert = AlertReference.typed(arguments.text("alert") ?? "")
    let done = try await perform(Acknowledge(alert, comment: arguments.text("comment") ?? ""), by: caller)
    var writer = JSONWriter()
    done.encode(into: &writer)
    return writer.bytes
  }

  func unacknowledge(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let done = try await perform(Unacknowledge(.typed(arguments.text("alert") ?? "")), by: caller)
    var writer = JSONWriter()
    done.encode(into: &writer)
    return writer.bytes
  }

  func handle(_ remedy: DeadLetterRemedy, _ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    guard caller.scopes.contains(.operate) else {
      let name = remedy == .retry ? "retry" : "drop"
      throw ToolRefusal("\(name) requires the scope operate, which \"\(caller.name)\" does not have.")
    }
    let ids = arguments.texts("ids")
    guard !ids.isEmpty else { throw ToolRefusal("ids: pass the ids of the dead letters, as returned by list.") }
    let done = try await perform(DeadLetterAction(remedy, .ids(ids)), by: caller)
    return written { writer in
      writer.member("dead_letters", [])
      writer.member("next_cursor", nil as String?)
      writer.member("mended", done.count)
      writer.key("outdated")
      writer.array(done.outdated) { $0.string($1.line.text) }
    }
  }
}
