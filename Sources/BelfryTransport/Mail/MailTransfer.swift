// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// The submission of one mail.
final class MailTransfer: Transfer {
  private let mail: PreparedMail
  private let recipients: StringList
  private let isCancelled: () -> Bool
  private var dialogue: SubmissionDialogue
  /// How much of the message libcurl has read.
  private var sent = 0
  /// The reason why Belfry ended the dialogue itself, before the server received any of the mail.
  private var stop: Stop?
  /// The handle that carries it, while it does.
  private weak var handle: EasyHandle?

  /// A capability that the server lacks and without which nothing is sent.
  private enum Stop {
    /// SMTPUTF8, which the addresses need.
    case noUTF8
    /// A login: one is configured, and the server offers none that libcurl recognises.
    case noLogin
  }

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
    self.handle = handle
    let server = mail.submission.server
    handle.set(CURLOPT_URL, mail.url)
    handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    handle.set(CURLOPT_PROXY, "")
    // With STARTTLS, it must succeed before anything else is sent. Without it, it is never attempted.
    handle.set(CURLOPT_USE_SSL, Int((server.security == .startTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
    handle.secure(certificateAuthority: server.certificateAuthority)
    handle.limit(mail.submission.limits)
    if let credentials = server.credentials {
      handle.set(CURLOPT_USERNAME, credentials.username)
      logIn(handle, with: credentials)
    }
    handle.set(CURLOPT_MAIL_FROM, mail.submission.sender)
    handle.set(CURLOPT_MAIL_RCPT, list: recipients)
    // The accepted recipients get the mail even if others are refused.
    handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, true)
    handle.set(CURLOPT_UPLOAD, true)
    handle.set(CURLOPT_INFILESIZE_LARGE, size: mail.submission.message.count)
    setCallbacks(handle)
  }

  /// Sets the token or password.
  ///
  /// A secret meant for one mechanism is never sent with another.
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
    switch stop {
    case .noUTF8:
      return .mail(
        MailReply(code: 553, text: "5.6.7 no SMTPUTF8, which these addresses require")
      )
    case .noLogin: return .failed(TransportFailure(.login, noLogin))
    case nil: break
    }
    if case .end(.message) = dialogue.stage, dialogue.last?.isPositive == true, result != CURLE_OK {
      return .failed(TransportFailure(.other, "\(mail.place): the answers to the message contradict each other"))
    }
    if var reply = dialogue.reply {
      reply.messageID = mail.submission.messageID
      reply.progress = mail.submission.progress
      if let token = mail.token { reply.text = token.masked(in: reply.text) }
      return .mail(reply)
    }
    // The reason for refusing a token comes as a challenge (RFC 7628 §3.2.2), at which libcurl disconnects.
    if mail.token != nil, result == CURLE_LOGIN_DENIED, dialogue.stage == .login, dialogue.last?.code == 334 {
      return .mail(MailReply(code: 535, text: "5.7.8 The access token is refused"))
    }
    return .failed(failure(after: result, on: handle))
  }

  /// The failure without a complete final answer; how much of the mail was sent decides its kind.
  private func failure(after result: CURLcode, on handle: EasyHandle) -> TransportFailure {
    if result == CURLE_OK {
      // libcurl reported success, but the lines received say otherwise.
      return TransportFailure(.other, "\(mail.place): the answers do not fit what was sent")
    }
    if dialogue.stage == .end(.outOfStep), sent == 0 {
      return TransportFailure(.outOfStep, "\(mail.place): an answer does not fit what was asked; nothing was sent")
    }
    if result == CURLE_USE_SSL_FAILED, let unread = dialogue.offer.unreadTLS {
      return TransportFailure(.tls, "\(mail.place) offers \"\(unread)\": libcurl reads STARTTLS in capitals only")
    }
    let hasSentAll = dialogue.stage == .message && sent == mail.submission.message.count
    let progress = Progress(wasConnected: dialogue.last != nil, hasSentAll: hasSentAll, place: mail.place)
    return TransportFailure(result, progress, detail: handle.errorText)
  }

  private var noLogin: String {
    guard let unread = dialogue.offer.unreadLogin else {
      return "\(mail.place) offers no login, and one is configured: nothing was sent"
    }
    let known = "libcurl reads AUTH and its mechanisms in capitals only"
    return "\(mail.place) offers \"\(unread.prefix(80))\", which cannot be used (\(known)): nothing was sent"
  }

  /// Whether a new connection may be tried: the server may have closed a kept one, or sent an extra answer to the
  /// previous mail.
  ///
  /// That is safe as long as it has received none of the message.
  func wantsFreshConnection(after result: CURLcode, on handle: EasyHandle) -> Bool {
    result != CURLE_OK && result != CURLE_OPERATION_TIMEDOUT && result != CURLE_ABORTED_BY_CALLBACK
      && handle.number(CURLINFO_NUM_CONNECTS) == 0 && sent == 0 && dialogue.isBeforeMessage
  }

  /// Processes a line from the server.
  ///
  /// - Returns: whether the dialogue may continue. libcurl would send the addresses to a server without SMTPUTF8, and
  ///   the mail to a server that offers no login.
  private func hear(_ line: [UInt8]) -> Bool {
    dialogue.take(line, isNewConnection: handle?.number(CURLINFO_NUM_CONNECTS) != 0)
    guard dialogue.hasOffered else { return true }
    if mail.isInternational, !dialogue.offer.hasUTF8 { stop = .noUTF8 }
    if mail.submission.server.credentials != nil, !dialogue.offer.hasLogin { stop = .noLogin }
    return stop == nil
  }

  private func supply(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = mail.submission.message[sent...].prefix(buffer.count)
    buffer.copyBytes(from: piece)
    sent += piece.count
    return piece.count
  }

  /// Sets the callbacks.
  ///
  /// libcurl calls them only during `curl_multi_perform`, and the worker keeps this object as long as the handle is in
  /// use.
  private func setCallbacks(_ handle: EasyHandle) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    handle.set(CURLOPT_HEADERDATA, context: context)
    handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let line = Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().hear(line) ? size * count : 0
    }
    handle.set(CURLOPT_READDATA, context: context)
    handle.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().supply(buffer)
    }
    // While libcurl waits for the answer to the final dot it blocks this thread. A cancellation gets through by this
    // callback.
    handle.set(CURLOPT_XFERINFODATA, context: context)
    handle.set(CURLOPT_NOPROGRESS, false)
    ccurl_set_progress_callback(handle.pointer) { context, _, _, _, _ in
      guard let context else { return 0 }
      return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue().isCancelled() ? 1 : 0
    }
  }
}
