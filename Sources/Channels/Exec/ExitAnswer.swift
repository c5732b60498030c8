// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A program's exit and its meaning, by the statuses of sysexits.h.
struct ExitAnswer {
  private let reply: ProcessReply
  private let redaction: Redaction

  init(_ reply: ProcessReply, _ redaction: Redaction) {
    self.reply = reply
    self.redaction = redaction
  }

  var verdict: Verdict {
    switch reply.end {
    case .exited(0): .delivered(receipt)
    case .exited(let status): failed(status)
    // It may have finished its work before that.
    case .signalled(let signal):
      .ambiguous(because: .init("signal_\(signal)", "The program was killed by signal \(signal).\(said)"))
    }
  }

  private func failed(_ status: Int) -> Verdict {
    let reason = Verdict.Reason("exit_\(status)", "The program exited with status \(status).\(said)")
    switch status {
    case 65: return .rejected(.payload, because: reason)
    case 67, 68: return .rejected(.target, because: reason)
    case 77, 78, 126, 127: return .rejected(.operator, because: reason)
    default: return .retry(after: nil, because: reason)
    }
  }

  /// The last line of the error output.
  private var said: String {
    let line = reply.lastWords(redaction)
    return line.isEmpty ? "" : " Output: \(line)"
  }

  /// The receipt: the last line of its output, if that is an object of strings.
  private var receipt: Receipt {
    let said = redaction.masked(String(decoding: reply.output, as: UTF8.self))
    let line = Array(ProcessReply.lastLine(of: Array(said.utf8)).utf8)
    guard let members = JSONNode(json: line)?.members, members.count <= 16 else { return Receipt() }
    var values: Labels = [:]
    for member in members {
      guard let text = member.node.string else { return Receipt() }
      values[tidy(member.name).truncated(to: 100)] = tidy(text).truncated(to: 500)
    }
    return Receipt(values)
  }

  /// The text on one line, without control characters and without the program's secrets.
  private func tidy(_ text: String) -> String { redaction.masked(text).oneLine }
}
