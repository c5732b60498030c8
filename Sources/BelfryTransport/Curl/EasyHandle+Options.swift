// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

extension EasyHandle {
  /// Always verifies the peer's certificate and host name; there is no switch.
  ///
  /// The files are read when a connection is made; a kept one is only used again for the same files.
  func secure(certificateAuthority: String?, client: ClientCertificate? = nil) {
    set(CURLOPT_SSL_VERIFYPEER, true)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let client {
      set(CURLOPT_SSLCERT, client.certificate)
      set(CURLOPT_SSLKEY, client.key)
    }
    guard let certificateAuthority else { return }
    set(CURLOPT_CAINFO, certificateAuthority)
    // Replaces the system's authorities instead of adding to them.
    set(CURLOPT_CAPATH, nil as String?)
  }

  func limit(_ limits: ExchangeLimits) {
    set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.curlMilliseconds)
    set(CURLOPT_TIMEOUT_MS, limits.total.curlMilliseconds)
    set(CURLOPT_NOSIGNAL, true)
    // A cancelled exchange does not wait for a name server that does not answer.
    set(CURLOPT_QUICK_EXIT, true)
  }
}
