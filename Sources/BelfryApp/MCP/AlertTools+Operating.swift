// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryServer

// What changes something, or is sent.
extension AlertTools {
  /// Where no test alert may be sent on a program's behalf.
  private static let production = "prd"

  func sendTestAlert(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let (severity, channel) = (arguments.text("severity"), arguments.text("channel"))
    guard (severity == nil) != (channel == nil) else {
      throw ToolRefusal("Give a severity or a channel, one of them.")
    }
    let configuration = configuration()
    return try await audited(caller, "test.send", channel ?? severity ?? "") {
      guard configuration.deployment.lowercased() != AlertTools.production else {
        let message = #"This is production ("deploy_env": "prd"): no test alert is sent here. `belfry test` sends one."#
        let answer = tested(severity ?? "info", channel ?? "", "", error: message, configuration)
        throw ToolRefusal(message, answer: answer)
      }
      let test = try TestAlert(severity: severity, channel: channel, configuration, at: now)
      let tester = ChannelTester(carrier: carrier, configuration: configuration, time: time, audit: audit)
      var results: [ChannelTester.Result] = []
      for channel in test.channels { results.append(await tester.test(channel, with: test.alert)) }
      let names = results.map(\.channel.name).joined(separator: ", ")
      let errors = results.compactMap { result in result.error.map { "\(result.channel): \($0.code)" } }
      let error = errors.isEmpty ? nil : errors.joined(separator: ", ")
      let answer = tested(test.alert.severity.name, names, test.alert.id, error: error, configuration)
      if let error { throw ToolRefusal("A channel did not take it: \(error)", answer: answer) }
      return answer
    }
  }

  private func tested(
    _ severity: String,
    _ channel: String,
    _ alert: String,
    error: String?,
    _ configuration: Configuration
  ) -> [UInt8] {
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
    var silence = try makeSilence(arguments, by: caller)
    let known = Set(try await ledger.silences(includingOver: true).map(\.id))
    var random = SystemRandomNumberGenerator()
    silence.id = .make(avoiding: known, using: &random)
    try await audited(caller, "silence.add", silence.id.text) { [silence] in
      try await ingest([.silenced(silence)])
    }
    let matching = try await Matching.find(silence.matcher, in: ledger)
    return written { writer in
      writer.key("silence")
      silence.encodeShown(holds: nil, into: &writer)
      writer.member("matches_now", matching.count)
      writer.member("active_alerts", matching.active)
    }
  }

  private func makeSilence(_ arguments: ToolArguments, by caller: Caller) throws -> Silence {
    let matcher = try AlertTools.matcher(arguments.node["match"])
    guard !matcher.isCatchAll else {
      throw ToolRefusal("match says nothing: give a severity, a category, a source or labels.")
    }
    let comment = (arguments.text("comment") ?? "").oneLine.truncated(to: 500)
    guard !comment.isEmpty else { throw ToolRefusal("comment is empty: say why.") }
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
        throw ToolRefusal("for: \(text.oneLine.truncated(to: 40)) is no time; write it like 30m, 2h or 7d.")
      }
      return now + length
    case (nil, let text?):
      guard let end = Instant(iso8601: text) else {
        throw ToolRefusal("until: \(text.oneLine.truncated(to: 40)) is no moment; write it like 2026-11-25T07:00:00Z.")
      }
      guard end > now else { throw ToolRefusal("until: \(end.iso8601) is past, it is now \(now.iso8601).") }
      return end
    default: throw ToolRefusal("Give for or until, one of them.")
    }
  }

  /// Reads it as the routes of `channels.json` are read.
  private static func matcher(_ node: JSONNode?) throws -> Matcher {
    var writer = JSONWriter()
    node.map { writer.copy($0) }
    let source = SourceText(name: "match", bytes: writer.bytes)
    var report = Report(source: source, folder: "")
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
    let id = arguments.text("alert") ?? ""
    let configuration = configuration()
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    let found = try await finder.alerts(id)
    let active = found.filter(\.isActive)
    guard let record = active.first, active.count == 1 else {
      let near = found.isEmpty ? try await finder.near(id) : []
      throw ToolRefusal(AckCommand.refusal(id, found, near, TimeText(now: now)))
    }
    let comment = (arguments.text("comment") ?? "").oneLine.truncated(to: 500)
    let key = record.alert.key
    try await audited(caller, "ack", key.description) {
      try await ingest([.acknowledged(key, by: caller.name, comment: comment)])
      guard try await ledger.record(of: key)?.isActive == true else {
        throw ToolRefusal("\(key) ended just now: there is nothing to acknowledge.")
      }
    }
    return Array(AckCommand.encode(record, AckCommand.stopped(record, Policy(rules: configuration.rules))).utf8)
  }

  func mend(
    _ arguments: ToolArguments,
    by remedy: DeadLetterRemedy,
    _ action: String,
    _ caller: Caller
  ) async throws -> [UInt8] {
    guard caller.scopes.contains(.operate) else {
      throw ToolRefusal("\(action) needs the scope operate, which \"\(caller.name)\" lacks.")
    }
    let ids = arguments.texts("ids")
    guard !ids.isEmpty else { throw ToolRefusal("ids: name the dead letters, as list shows them.") }
    let dead = try await ledger.deadLetters(limit: .max)
    let letters = try ids.map { try DeadLetterChoice.letter($0, among: dead) }
    let subject = letters.map(\.delivery.id.text).joined(separator: " ")
    let count = try await audited(caller, "dead.\(action)", subject) {
      try await ledger.mend(letters.map(\.delivery.id), by: remedy).count { $0 }
    }
    return written { writer in
      writer.member("dead_letters", [])
      writer.member("next_cursor", nil as String?)
      writer.member("mended", count)
    }
  }
}
