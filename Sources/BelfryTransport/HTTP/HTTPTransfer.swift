// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// A running HTTP exchange.
final class HTTPTransfer: Transfer {
  private let request: PreparedRequest
  private let header: StringList
  private let route: StringList
  private let bodySize: Int
  let gate: AddressGate?
  private var answer: AnswerReader

  init(_ request: PreparedRequest) {
    self.request = request
    header = StringList(request.headerLines())
    route = StringList(request.route.map { [$0] } ?? [])
    bodySize = request.body.count
    gate = request.exchange.addresses.map { AddressGate(policy: $0, host: request.address.host) }
    answer = AnswerReader(bodyLimit: request.exchange.limits.replyBytes)
  }

  func prepare(_ handle: EasyHandle) {
    let exchange = request.exchange
    handle.set(CURLOPT_URL, request.url)
    handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
    handle.set(CURLOPT_USERAGENT, request.settings.userAgent)
    setProxy(handle)
    if request.route != nil { handle.set(CURLOPT_CONNECT_TO, list: route) }
    handle.set(CURLOPT_HTTPHEADER, list: header)
    // The fields are for the service, not for a proxy on the way.
    handle.set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
    handle.set(CURLOPT_FOLLOWLOCATION, false)
    if request.address.isSecure {
      // Waits for a connection in progress if it can be shared (HTTP/2). Plain HTTP connections cannot be shared, so
      // there it would wait for nothing.
      handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
      handle.set(CURLOPT_PIPEWAIT, true)
    } else {
      handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    }
    handle.secure(certificateAuthority: exchange.certificateAuthority, client: exchange.clientCertificate)
    handle.limit(exchange.limits)
    setMethodAndBody(handle)
    setCallbacks(handle)
  }

  /// With an address policy no proxy is used: the policy would not apply to its connections.
  private func setProxy(_ handle: EasyHandle) {
    let exchange = request.exchange
    guard exchange.addresses == nil else { return handle.set(CURLOPT_NOPROXY, "*") }
    switch exchange.proxy {
    case .environment: handle.set(CURLOPT_NOPROXY, request.settings.withoutProxy)
    case .direct: handle.set(CURLOPT_NOPROXY, "*")
    case .through(let url):
      handle.set(CURLOPT_PROXY, String(decoding: url.bytes, as: UTF8.self))
      // All hosts, unlike those of the environment's proxy.
      handle.set(CURLOPT_NOPROXY, "")
    }
  }

  func reply(after result: CURLcode, on handle: EasyHandle) -> Reply {
    if answer.isTooLarge {
      let limit = request.exchange.limits.replyBytes
      return .failed(
        TransportFailure(.replyTooLarge, "\(request.address.place) answered with more than the \(limit) bytes allowed")
      )
    }
    if result == CURLE_COULDNT_CONNECT, let failure = gate?.failure { return .failed(failure) }
    guard result == CURLE_OK else {
      return .failed(TransportFailure(result, progress(of: handle), detail: handle.errorText))
    }
    return .http(HTTPReply(status: handle.number(CURLINFO_RESPONSE_CODE), fields: answer.fields, body: answer.body))
  }

  /// Always false: libcurl retries on a new connection itself for HTTP.
  func wantsFreshConnection(after result: CURLcode, on handle: EasyHandle) -> Bool { false }

  private func progress(of handle: EasyHandle) -> Progress {
    let wasConnected = handle.offset(CURLINFO_PRETRANSFER_TIME_T) > 0
    let hasSentHeader = handle.number(CURLINFO_REQUEST_SIZE) > 0
    let hasSentBody = handle.offset(CURLINFO_SIZE_UPLOAD_T) >= bodySize
    return Progress(
      wasConnected: wasConnected,
      hasSentAll: wasConnected && hasSentHeader && hasSentBody,
      place: request.address.place
    )
  }

  private func setMethodAndBody(_ handle: EasyHandle) {
    let method = request.exchange.method
    let body = request.body
    if !body.isEmpty || method == "POST" {
      handle.set(CURLOPT_POST, true)
      handle.set(CURLOPT_POSTFIELDSIZE_LARGE, size: body.count)
      // libcurl copies the body, so nothing here has to stay in memory. With nil, libcurl would ask a callback for the
      // body.
      if body.isEmpty {
        handle.set(CURLOPT_COPYPOSTFIELDS, "")
      } else {
        handle.set(CURLOPT_COPYPOSTFIELDS, copying: body)
      }
      if method != "POST" { handle.set(CURLOPT_CUSTOMREQUEST, method) }
    } else if method == "HEAD" {
      handle.set(CURLOPT_NOBODY, true)
    } else if method != "GET" {
      handle.set(CURLOPT_CUSTOMREQUEST, method)
    }
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
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.answer.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    handle.set(CURLOPT_WRITEDATA, context: context)
    handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.answer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
  }
}
