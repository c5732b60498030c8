// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The server's side of one SMTP dialogue (RFC 5321, RFC 4954).
struct SMTPSession {
  let connection: LoopbackConnection
  let number: Int
  let script: LoopbackSMTPServer.Script
  let hear: (String) -> Void
  let keep: (LoopbackSMTPServer.Mail) -> Void

  private var greeting = ""
  private var user: String?
  private var sender: String?
  private var recipients: [String] = []
  private var mailCount = 0

  init(
    connection: LoopbackConnection,
    number: Int,
    script: LoopbackSMTPServer.Script,
    hear: @escaping (String) -> Void,
    keep: @escaping (LoopbackSMTPServer.Mail) -> Void
  ) {
    self.hear = hear
    self.connection = connection
    self.number = number
    self.script = script
    self.keep = keep
  }

  mutating func serve() {
    guard answer(at: .connection, "220 loopback.test ESMTP") else { return }
    while let line = connection.readLine() {
      hear(line)
      guard handle(line) else { return }
    }
  }

  /// - Returns: whether the dialogue continues.
  private mutating func handle(_ line: String) -> Bool {
    let verb = line.split(separator: " ").first.map { $0.uppercased() } ?? ""
    let rest = line.dropFirst(verb.count).trimmingCharacters(in: .whitespaces)
    switch verb {
    case "EHLO", "HELO":
      greeting = rest
      return answer(at: .hello, verb == "EHLO" ? extensions : "250 loopback.test")
    case "AUTH": return logIn(rest)
    case "MAIL": return takeSender(rest)
    case "RCPT": return takeRecipient(rest)
    case "DATA": return takeMessage()
    case "RSET":
      sender = nil
      recipients = []
      return connection.write("250 2.0.0 Ok\r\n")
    case "NOOP": return connection.write("250 2.0.0 Ok\r\n")
    case "QUIT":
      connection.write("221 2.0.0 Bye\r\n")
      return false
    default: return connection.write("502 5.5.2 Not known here\r\n")
    }
  }

  private var extensions: String {
    var lines = ["loopback.test", "SIZE 10485760", "ENHANCEDSTATUSCODES"]
    if script.offersUTF8 { lines.append("SMTPUTF8") }
    if script.wantsLogin { lines.append("AUTH " + script.mechanisms.joined(separator: " ")) }
    return lines.dropLast().map { "250-\($0)\r\n" }.joined() + "250 \(lines.last ?? "")"
  }

  private mutating func logIn(_ rest: String) -> Bool {
    let words = rest.split(separator: " ").map(String.init)
    let mechanism = words.first?.uppercased() ?? ""
    guard script.mechanisms.contains(mechanism) else { return connection.write("504 5.5.4 No such mechanism\r\n") }
    if mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" { return logIn(token: words.dropFirst().first) }
    let credentials =
      mechanism == "PLAIN" ? plain(initial: words.dropFirst().first) : login(initial: words.dropFirst().first)
    guard let credentials else { return false }
    guard script.users[credentials.user] == credentials.password else {
      return answer(at: .login, "535 5.7.8 Authentication credentials invalid")
    }
    user = credentials.user
    return answer(at: .login, "235 2.7.0 Authentication successful")
  }

  /// Logs in with a token by RFC 7628 or Google's older form: fields that end in control-A, one of which is the bearer
  /// token.
  private mutating func logIn(token initial: String?) -> Bool {
    guard let text = initial ?? ask("") else { return false }
    let fields = decode(text).split { $0 == "\u{1}" || $0 == "," }.map(String.init)
    let name = fields.first { $0.hasPrefix("user=") || $0.hasPrefix("a=") }?.drop { $0 != "=" }.dropFirst() ?? ""
    let token = fields.first { $0.hasPrefix("auth=Bearer ") }?.dropFirst(12) ?? ""
    if script.takesToken?(String(name), String(token)) == true {
      user = String(name)
      return answer(at: .login, "235 2.7.0 Authentication successful")
    }
    if script.challengesTokens {
      let why = Data(#"{"status":"invalid_token","schemes":"bearer"}"#.utf8).base64EncodedString()
      guard ask(why) != nil else { return false }
    }
    return answer(at: .login, "535 5.7.8 Authentication credentials invalid: \(token)")
  }

  /// Decodes RFC 4616: an identity, the user and the password in one, separated by NUL.
  private func plain(initial: String?) -> (user: String, password: String)? {
    guard let text = initial ?? ask("") else { return nil }
    let parts = decode(text).split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    return parts.count == 3 ? (parts[1], parts[2]) : ("", "")
  }

  private func login(initial: String?) -> (user: String, password: String)? {
    guard let user = initial ?? ask("VXNlcm5hbWU6"), let password = ask("UGFzc3dvcmQ6") else { return nil }
    return (decode(user), decode(password))
  }

  private func ask(_ challenge: String) -> String? {
    connection.write("334 \(challenge)\r\n") ? connection.readLine() : nil
  }

  private func decode(_ base64: String) -> String {
    String(decoding: Data(base64Encoded: base64) ?? Data(), as: UTF8.self)
  }

  private mutating func takeSender(_ rest: String) -> Bool {
    guard !script.wantsLogin || user != nil else { return connection.write("530 5.7.0 Authentication required\r\n") }
    sender = refuses(at: .sender, unless: "2") ? nil : address(in: rest)
    recipients = []
    return answer(at: .sender, "250 2.1.0 Ok")
  }

  private mutating func takeRecipient(_ rest: String) -> Bool {
    guard sender != nil else { return connection.write("503 5.5.1 MAIL first\r\n") }
    let recipient = address(in: rest)
    if let refusal = script.refusedRecipients[recipient] { return connection.write(refusal + "\r\n") }
    if !refuses(at: .recipient, unless: "2") { recipients.append(recipient) }
    return answer(at: .recipient, "250 2.1.5 Ok")
  }

  private mutating func takeMessage() -> Bool {
    guard let sender, !recipients.isEmpty else { return connection.write("503 5.5.1 No valid recipients\r\n") }
    guard answer(at: .data, "354 End data with <CR><LF>.<CR><LF>") else { return false }
    guard !refuses(at: .data, unless: "354") else { return true }
    var message: [UInt8] = []
    while true {
      guard let line = connection.readLine() else { return false }
      if line == "." { break }
      message += Array((line.hasPrefix(".") ? line.dropFirst() : line[...]).utf8) + [13, 10]
    }
    keep(
      LoopbackSMTPServer.Mail(
        greeting: greeting,
        user: user,
        sender: sender,
        recipients: recipients,
        message: message,
        connection: number,
        isAccepted: script.answers[.message]?.split(separator: "\r\n").last?.hasPrefix("2") ?? true
      )
    )
    self.sender = nil
    mailCount += 1
    guard answer(at: .message, "250 2.0.0 Ok: queued as \(number)-\(mailCount)") else { return false }
    guard mailCount == script.mailsPerConnection else { return true }
    connection.write("421 4.7.0 Too much mail on one connection\r\n")
    return false
  }

  private func address(in text: String) -> String {
    guard let start = text.firstIndex(of: "<"), let end = text[start...].firstIndex(of: ">") else { return "" }
    return String(text[text.index(after: start)..<end])
  }

  private func refuses(at stage: LoopbackSMTPServer.Stage, unless code: String) -> Bool {
    script.answers[stage].map { !$0.hasPrefix(code) } ?? false
  }

  /// Sends the scripted answer, or the usual one.
  ///
  /// - Returns: whether the dialogue continues.
  private func answer(at stage: LoopbackSMTPServer.Stage, _ usual: String) -> Bool {
    if script.closesAt.contains(stage) { return false }
    if script.silentAt.contains(stage) {
      connection.waitUntilClosed()
      return false
    }
    let isBadLogin = stage == .login && usual.hasPrefix("535")
    let text = (isBadLogin ? usual : script.answers[stage] ?? usual) + "\r\n" + (script.extras[stage] ?? "")
    return send(text) && !script.leavesAfter.contains(stage)
  }

  private func send(_ text: String) -> Bool {
    guard script.dribbles else { return connection.write(text) }
    return text.utf8.allSatisfy { connection.write([$0]) }
  }
}
