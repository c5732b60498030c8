// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// A libcurl easy handle: carries one exchange at a time and is reused for the next.
///
/// It never leaves its loop's thread.
final class EasyHandle {
  let pointer: UnsafeMutableRawPointer
  private let errorBuffer: UnsafeMutablePointer<CChar>

  init?() {
    guard let pointer = curl_easy_init() else { return nil }
    self.pointer = pointer
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(pointer)
    errorBuffer.deallocate()
  }

  /// Resets every option of the last exchange.
  ///
  /// Connections, DNS results and TLS sessions are kept.
  func reset() {
    curl_easy_reset(pointer)
    errorBuffer[0] = 0
    ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorBuffer)
  }

  /// libcurl's own description of the failure; empty if it has none.
  var errorText: String { String(cString: errorBuffer) }

  func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(pointer, option, value) }
  func set(_ option: CURLoption, _ value: Bool) { ccurl_set_long(pointer, option, value ? 1 : 0) }
  func set(_ option: CURLoption, _ text: String?) { ccurl_set_string(pointer, option, text) }
  func set(_ option: CURLoption, size: Int) { ccurl_set_offset(pointer, option, curl_off_t(size)) }
  func set(_ option: CURLoption, context: UnsafeMutableRawPointer) { ccurl_set_pointer(pointer, option, context) }
  func set(_ option: CURLoption, list: StringList) { ccurl_set_list(pointer, option, list.first) }
  func set(_ option: CURLoption, copying bytes: [UInt8]) {
    bytes.withUnsafeBytes { _ = ccurl_set_bytes(pointer, option, $0.baseAddress) }
  }
  func set(_ option: CURLoption, callback: @escaping ccurl_data_callback) {
    ccurl_set_data_callback(pointer, option, callback)
  }

  func number(_ info: CURLINFO) -> Int {
    var value = 0
    ccurl_get_long(pointer, info, &value)
    return value
  }

  func offset(_ info: CURLINFO) -> Int {
    var value = curl_off_t(0)
    ccurl_get_offset(pointer, info, &value)
    return Int(value)
  }
}

/// A list of strings in libcurl's format.
///
/// It must live as long as the exchange that uses it.
final class StringList {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  init(_ strings: [String]) {
    for string in strings { first = curl_slist_append(first, string) ?? first }
  }

  deinit { curl_slist_free_all(first) }
}
