// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration

/// A way to investigate an event, as two pure functions: the question, and the meaning of an answer.
package struct Investigator: Sendable {
  private let settings: InvestigatorSettings
  /// Masks the investigator's secrets in answers.
  private let redaction: Redaction

  package init(_ settings: InvestigatorSettings) {
    self.settings = settings
    let commandSecrets = settings.environment.secrets + settings.command.secrets
    redaction = Redaction(commandSecrets + settings.url.secrets + [settings.token] + settings.httpOptions.secrets)
  }

  /// The question; the event's text is only data in it.
  package func question(about event: InvestigationEvent) -> Outgoing {
    switch settings.kind {
    case .exec:
      .process(
        ProcessRun(
          path: settings.command.path,
          arguments: settings.command.arguments,
          environment: settings.environment.all,
          folder: settings.folder.text,
          input: event.json + [UInt8(ascii: "\n")],
          // The end of the output is kept: one byte more than allowed shows that there was more.
          limits: ProcessLimits(total: settings.timeout.duration, outputBytes: settings.maxOutput + 1),
          sealed: settings.command.sealed
        )
      )
    case .http: .http(exchange(event.json))
    case .chat: .http(exchange(conversation(event)))
    }
  }

  private func exchange(_ body: [UInt8]) -> HTTPExchange {
    var fields = [HTTPField("Content-Type", "application/json")]
    if !settings.token.isEmpty { fields.append(HTTPField("Authorization", prefix: "Bearer ", secret: settings.token)) }
    return HTTPExchange(
      to: settings.url,
      fields: fields,
      body: body,
      addresses: settings.addresses.policy,
      limits: ExchangeLimits(
        total: settings.timeout.duration,
        // A model's answer is JSON, in which one byte may take six.
        replyBytes: settings.kind == .chat ? 65_536 + 6 * settings.maxOutput : settings.maxOutput
      ),
      certificateAuthority: settings.ca?.absolute
    )
    .applying(settings.httpOptions)
  }

  /// The task and the event as separate messages, so that no text of the event is part of the task.
  private func conversation(_ event: InvestigationEvent) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("model", settings.model)
      writer.key("messages")
      let messages = [("system", settings.prompt), ("user", String(decoding: event.json, as: UTF8.self))]
      writer.array(messages) { writer, message in
        writer.object {
          $0.member("role", message.0)
          $0.member("content", message.1)
        }
      }
    }
    return writer.bytes
  }

  /// The meaning of the reply to a question.
  package func answer(_ reply: Reply) -> InvestigationAnswer {
    switch reply {
    case .process(let ended): answer(ended)
    case .http(let reply): answer(reply)
    case .failed(let failure) where failure.kind == .replyTooLarge: .silent(tooLong)
    case .failed(let failure): .silent(.init(failure.kind.rawValue, redaction.masked(failure.message)))
    case .mail, .appended: .silent(.init("failed", "it could not be reached"))
    }
  }

  private func answer(_ reply: ProcessReply) -> InvestigationAnswer {
    let words = reply.lastWords(redaction)
    let said = words.isEmpty ? "" : "; output: \(words)"
    switch reply.end {
    case .exited(0): return answer(String(decoding: reply.output, as: UTF8.self), bytes: reply.output.count)
    case .exited(let status):
      return .silent(.init("exit_\(status)", "\(settings.command.path) exited with status \(status)\(said)"))
    case .signalled(let signal):
      return .silent(.init("signal_\(signal)", "\(settings.command.path) was killed by signal \(signal)\(said)"))
    }
  }

  private func answer(_ reply: HTTPReply) -> InvestigationAnswer {
    guard (200..<300).contains(reply.status) else {
      return .silent(.init("http_\(reply.status)", "\(settings.url.shownHost) answered HTTP \(reply.status)"))
    }
    guard settings.kind == .chat else {
      return answer(String(decoding: reply.body, as: UTF8.self), bytes: reply.body.count)
    }
    let (node, problems) = JSONTree.parse(SourceText(name: "answer", bytes: reply.body))
    let message = node?["choices"]?.elements?.first?["message"]
    guard problems.isEmpty, let message else {
      return .silent(.init("no_choice", "\(settings.url.shownHost) did not return a chat completion"))
    }
    let text = message["content"]?.string ?? ""
    return answer(text, bytes: text.utf8.count)
  }

  private func answer(_ text: String, bytes: Int) -> InvestigationAnswer {
    guard bytes <= settings.maxOutput else { return .silent(tooLong) }
    let plain = redaction.masked(text).paragraphs
    return plain.isEmpty ? .silent(.init("no_text", "the investigator returned no text")) : .said(plain)
  }

  private var tooLong: Verdict.Reason {
    let limit = "the \(settings.maxOutput) bytes of `max_output`"
    return Verdict.Reason("too_long", "the answer is longer than \(limit)")
  }
}
