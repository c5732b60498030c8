// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// One mail being submitted.
final class MailTransfer: Transfer {
  private let mail: PreparedMail
  private let recipients: StringList
  private let isCancelled: () -> Bool
  private var dialogue: SubmissionDialogue
  /// How much of the message libcurl has taken.
  private var sent = 0
  /// Whether the server cannot take the addresses, and was not given them.
  private var lacksUTF8 = false

  init(_ mail: PreparedMail, isCancelled: @escaping () -> Bool) {
    let server = mail.submission.server
    self.mail = mail
    self.isCancelled = isCancelled
    recipients = StringList(mail.submission.recipients)
    dialogue = SubmissionDialogue(
      recipients: mail.submission.recipients,
      startsTLS: server.security == .startTLS,
      logsIn: server.credentials != nil
    )
  }

  var gate: AddressGate? { nil }

  func prepare(_ handle: EasyHandle) {
    let server = mail.submission.server
    handle.set(CURLOPT_URL, mail.url)
    handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    handle.set(CURLOPT_PROXY, "")
    // STARTTLS must succeed before anything else is said; where it is not asked for, nothing is.
    handle.set(CURLOPT_USE_SSL, Int((server.security == .startTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
    handle.secure(certificateAuthority: server.certificateAuthority)
    handle.limit(mail.submission.limits)
    if let credentials = server.credentials {
      handle.set(CURLOPT_USERNAME, credentials.username)
      logIn(handle, with: credentials)
    }
    handle.set(CURLOPT_MAIL_FROM, mail.submission.sender)
    handle.set(CURLOPT_MAIL_RCPT, list: recipients)
    // Those that are accepted get it.
    handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, true)
    handle.set(CURLOPT_UPLOAD, true)
    handle.set(CURLOPT_INFILESIZE_LARGE, size: mail.submission.message.count)
    setCallbacks(handle)
  }

  /// A token or a password: what is meant for one mechanism is never said to another.
  private func logIn(_ handle: EasyHandle, with credentials: MailServer.Credentials) {
    if let token = mail.token {
      handle.set(CURLOPT_XOAUTH2_BEARER, token.reveal())
      handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2")
    } else {
      handle.set(CURLOPT_PASSWORD, credentials.password?.reveal() ?? "")
      handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
    }
  }

  func reply(after result: CURLcode, on handle: EasyHandle) -> Reply {
    if lacksUTF8 {
      return .mail(
        MailReply(code: 553, text: "5.6.7 nothing of SMTPUTF8, without which the addresses cannot be sent to")
      )
    }
    if var reply = dialogue.reply {
      reply.messageID = mail.submission.messageID
      reply.progress = mail.submission.progress
      if let token = mail.token { reply.text = token.masked(in: reply.text) }
      return .mail(reply)
    }
    // The reason why a token is refused comes as a challenge (RFC 7628 §3.2.2), upon which libcurl hangs up.
    if mail.token != nil, result == CURLE_LOGIN_DENIED, dialogue.stage == .login, dialogue.last?.code == 334 {
      return .mail(MailReply(code: 535, text: "5.7.8 The access token is refused"))
    }
    let hasSentAll = dialogue.stage == .message && sent == mail.submission.message.count
    let progress = Progress(wasConnected: dialogue.last != nil, hasSentAll: hasSentAll, place: mail.place)
    return .failed(TransportFailure(result, progress, detail: handle.errorText))
  }

  func wantsFreshConnection(after result: CURLcode, on handle: EasyHandle) -> Bool {
    result != CURLE_OK && result != CURLE_OPERATION_TIMEDOUT && handle.number(CURLINFO_NUM_CONNECTS) == 0
      && dialogue.hasNotBegun
  }

  /// Takes a line of the server's.
  ///
  /// - Returns: whether the dialogue may go on: libcurl would give a server that lacks SMTPUTF8 the addresses all the same.
  private func hear(_ line: String) -> Bool {
    dialogue.take(line)
    if mail.isInternational, dialogue.lacksUTF8 { lacksUTF8 = true }
    return !lacksUTF8
  }

  private func supply(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = mail.submission.message[sent...].prefix(buffer.count)
    buffer.copyBytes(from: piece)
    sent += piece.count
    return piece.count
  }

  /// libcurl calls back during `curl_multi_perform` only, and the worker keeps this object as long as the handle is in
  /// use.
  private func setCallbacks(_ handle: EasyHandle) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    handle.set(CURLOPT_HEADERDATA, context: context)
    handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      let text = String(decoding: line.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().hear(text) ? size * count : 0
    }
    handle.set(CURLOPT_READDATA, context: context)
    handle.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().supply(buffer)
    }
    // While it waits for the answer to the final dot libcurl blocks this thread; this is how a cancel gets through.
    handle.set(CURLOPT_XFERINFODATA, context: context)
    handle.set(CURLOPT_NOPROGRESS, false)
    ccurl_set_progress_callback(handle.pointer) { context, _, _, _, _ in
      guard let context else { return 0 }
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().isCancelled() ? 1 : 0
    }
  }
}
