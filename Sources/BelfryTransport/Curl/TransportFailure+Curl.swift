// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// How far an exchange had got when it failed.
struct Progress {
  /// Whether there was a connection to send the request on.
  var wasConnected: Bool
  /// Whether the whole request had been sent, so that the server may have acted on it.
  var hasSentAll: Bool
  /// The host and port.
  var place: String
}

extension TransportFailure {
  /// Translates a libcurl failure.
  ///
  /// libcurl's own text is included only where it can only concern names, connections and certificates.
  init(_ result: CURLcode, _ progress: Progress, detail: String) {
    let place = progress.place
    let said = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      self.init(.nameNotFound, "the name of \(place) could not be resolved: \(said)")
    case CURLE_COULDNT_CONNECT:
      self.init(.notConnected, "no connection to \(place): \(said)")
    case CURLE_SSL_CACERT_BADFILE:
      self.init(.tls, "the certificate authorities for \(place) could not be read: \(said). Check `ca`.")
    case CURLE_PEER_FAILED_VERIFICATION:
      let remedy =
        "Its certificate must match this name, be valid now, and be issued by an authority that the system or `ca` trusts."
      self.init(.tls, "no secure connection to \(place): \(said). \(remedy)")
    case _ where tlsFailures.contains(result.rawValue):
      self.init(.tls, "no secure connection to \(place): \(said)")
    case CURLE_LOGIN_DENIED:
      self.init(.login, "\(place) offers no usable login method")
    case CURLE_OPERATION_TIMEDOUT:
      self = .timedOut(progress)
    case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
      self.init(.malformed, "the request to \(place) cannot be sent: \(String(cString: curl_easy_strerror(result)))")
    case CURLE_ABORTED_BY_CALLBACK:
      self = .cancelled
    case _ where brokenLines.contains(result.rawValue):
      self = .broken(progress)
    default:
      self.init(.other, "\(place): \(String(cString: curl_easy_strerror(result)))")
    }
  }

  private static func timedOut(_ progress: Progress) -> TransportFailure {
    let place = progress.place
    if progress.hasSentAll {
      return TransportFailure(.timedOutAfterSending, "\(place) received the request but did not answer in time")
    }
    return progress.wasConnected
      ? TransportFailure(.timedOutBeforeSending, "\(place) did not accept the whole request in time")
      : TransportFailure(.notConnected, "\(place) did not accept a connection in time")
  }

  private static func broken(_ progress: Progress) -> TransportFailure {
    progress.hasSentAll
      ? TransportFailure(
        .connectionLost,
        "\(progress.place) received the request but closed the connection before the answer was complete"
      )
      : TransportFailure(.notConnected, "\(progress.place) closed the connection before the whole request was sent")
  }
}

private let tlsFailures: Set<UInt32> = Set(
  [
    CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
    CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
    CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
  ].map(\.rawValue)
)

private let brokenLines: Set<UInt32> = Set(
  [
    CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
  ].map(\.rawValue)
)
