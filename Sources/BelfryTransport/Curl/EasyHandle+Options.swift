// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

extension EasyHandle {
  /// Who must prove to be whom they are called by: always, and there is nothing that switches it off.
  func secure(certificateAuthority: String?) {
    set(CURLOPT_SSL_VERIFYPEER, true)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    guard let certificateAuthority else { return }
    set(CURLOPT_CAINFO, certificateAuthority)
    // Instead of the system's authorities, not besides them.
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
