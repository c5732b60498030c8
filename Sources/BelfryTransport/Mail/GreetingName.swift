// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The name Belfry gives itself in the greeting to a mail server (RFC 5321 §4.1.4).
enum GreetingName {
  /// This machine's fully qualified name if it has one; otherwise an address literal, as the RFC requires.
  static func ofThisMachine() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return choose(hostName: "") }
    return choose(hostName: buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" })
  }

  static func choose(hostName: String) -> String {
    let labels = hostName.split(separator: ".", omittingEmptySubsequences: false)
    let isFull = labels.count > 1 && labels.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(\.isNameCharacter) }
    return isFull ? hostName : "[127.0.0.1]"
  }
}

extension UInt8 {
  fileprivate var isNameCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
