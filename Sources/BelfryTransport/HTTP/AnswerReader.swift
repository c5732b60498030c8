// SPDX-License-Identifier: Apache-2.0

/// Collects the header and the body of a response, up to a limit.
struct AnswerReader {
  /// The most bytes in all header fields together.
  ///
  /// A server that sends more is broken or malicious.
  static let headerLimit = 262_144

  private(set) var fields: [(name: String, value: String)] = []
  private(set) var body: [UInt8] = []
  private(set) var isTooLarge = false
  private let bodyLimit: Int
  private var headerBytes = 0

  init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Adds one header line, as libcurl passes it.
  ///
  /// - Returns: false if the limit is exceeded and the exchange must end.
  mutating func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= AnswerReader.headerLimit else { return refuse() }
    if line.starts(with: "HTTP/".utf8) {
      // A new response begins; the one before was interim (1xx) or from a proxy.
      fields = []
      return true
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
    let name = String(decoding: line[..<colon], as: UTF8.self)
    let value = line[(colon + 1)...].drop(while: \.isBlank)
    let end = value.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? value.startIndex
    fields.append((name, String(decoding: value[value.startIndex..<end], as: UTF8.self)))
    return true
  }

  /// Adds a piece of the body.
  ///
  /// - Returns: false if the limit is exceeded and the exchange must end.
  mutating func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= bodyLimit else { return refuse() }
    body.append(contentsOf: piece)
    return true
  }

  private mutating func refuse() -> Bool {
    isTooLarge = true
    return false
  }
}

extension UInt8 {
  /// A space, tab or line end.
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}
