// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ChannelContract {
  /// Checks that every notice is composed or refused, always with the same bytes, and that no alert changes the
  /// destination.
  func checkComposing(_ channel: Channel, _ sample: Outgoing, _ breaches: inout Breaches) {
    for (name, notice) in ContractNotices.all {
      guard let first = try? channel.compose(notice) else { continue }
      breaches.expect((try? channel.compose(notice)) == first, "\(name), composed twice, gives different bytes.")
      let address = first.address(ownWord: notice.delivery.token)
      let same = sample.address(ownWord: ContractNotices.plain.delivery.token)
      breaches.expect(address == same, "\(name) changes where the notice goes: \(address).")
      for fault in first.faults { breaches.add("\(name): \(fault)") }
    }
  }
}

extension Outgoing {
  /// The destination, which no alert may influence.
  ///
  /// The delivery's ID in a program's environment is left out.
  fileprivate func address(ownWord: String) -> [String] {
    switch self {
    case .http(let exchange): [exchange.method, exchange.host] + exchange.fields.map(\.name)
    case .mail(let mail): [mail.server.host, mail.sender] + mail.recipients
    case .append(let append): [append.file.description]
    case .process(let run):
      [run.path, run.folder] + run.arguments
        + run.environment.map { "\($0.name)=\($0.value.description == ownWord ? "" : $0.value.description)" }
    }
  }

  /// Its faults, whatever the service.
  fileprivate var faults: [String] {
    switch self {
    case .http(let exchange): exchange.faults
    case .mail(let mail): MailFaults.find(in: mail)
    case .append(let append): append.bytes.last == UInt8(ascii: "\n") ? [] : ["the last line has no line break."]
    case .process(let run): run.faults
    }
  }
}

extension ProcessRun {
  fileprivate var faults: [String] {
    var faults: [String] = []
    if !path.hasPrefix("/") || !folder.hasPrefix("/") {
      faults.append("the program or its folder is not an absolute path.")
    }
    let words = arguments + environment.map { $0.name + $0.value.description }
    if words.contains(where: { $0.utf8.contains(0) }) { faults.append("an argument or a variable contains a NUL.") }
    return faults
  }
}

extension HTTPExchange {
  /// The scheme, host and port.
  fileprivate var host: String { url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//") }

  fileprivate var faults: [String] {
    var faults: [String] = []
    if !url.replacing(Secret.mask, with: "").utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
      faults.append("the URL contains a space or is not ASCII.")
    }
    for field in fields where (field.name + field.value.description).utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      faults.append("the header field \(field.name) contains a control character.")
    }
    let isJSON = fields.contains { field in
      field.name.lowercased() == "content-type" && field.value.description.lowercased().hasPrefix("application/json")
    }
    if isJSON, !JSONTree.parse(SourceText(name: "body", bytes: body)).problems.isEmpty {
      faults.append("the body is not the JSON that it says it is.")
    }
    return faults
  }
}

/// The rules of RFC 5322 that a message can break.
private enum MailFaults {
  static func find(in mail: MailSubmission) -> [String] {
    let bytes = mail.message
    var faults: [String] = []
    if hasBareLineBreak(bytes) { faults.append("the message has a CR or an LF alone (RFC 5321 §2.3.8).") }
    if bytes.contains(where: { $0 >= 0x80 || $0 == 0 }) { faults.append("the message is not 7-bit clean.") }
    // In a String, a CRLF is one character.
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    if lines.contains(where: { $0.utf8.count > 998 }) { faults.append("a line is longer than 998 (RFC 5322 §2.1.1).") }
    let header = lines.prefix { !$0.isEmpty }
    let names = header.filter { !$0.hasPrefix(" ") && !$0.hasPrefix("\t") }.map { $0.prefix { $0 != ":" }.lowercased() }
    for name in ["date", "from", "to", "subject", "message-id", "mime-version"] {
      if names.count(where: { $0 == name }) != 1 { faults.append("there is not one header field \(name).") }
    }
    for name in names where Set(["bcc", "reply-to", "x-injected"]).contains(name) {
      faults.append("an alert has put a header field \(name) into the message.")
    }
    if !header.contains(where: { $0.hasPrefix("Message-ID: \(mail.messageID)") }) || mail.messageID.isEmpty {
      faults.append("the submission's messageID is not that of the message.")
    }
    return faults
  }

  private static func hasBareLineBreak(_ bytes: [UInt8]) -> Bool {
    var previous: UInt8 = 0
    for byte in bytes {
      if (byte == 0x0A) != (previous == 0x0D) { return true }
      previous = byte
    }
    return previous == 0x0D
  }
}
