// SPDX-License-Identifier: Apache-2.0

extension HTTPReply {
  /// The body as JSON; nil if it is not JSON.
  public var json: JSONNode? { JSONNode(json: body) }

  /// The wait that a service states in its answer, in seconds: a number of JSON, or the digits of one in a string.
  ///
  /// Nil for anything else and for a negative number. A wait is at most a year.
  public func wait(seconds node: JSONNode?) -> Duration? {
    guard let seconds = node?.double ?? node?.string.flatMap(Double.init), seconds >= 0 else { return nil }
    return .milliseconds(Int64((min(seconds, HTTPReply.longestWait) * 1000).rounded(.up)))
  }

  /// The wait until a moment that a service states as seconds since 1970, such as in `x-ratelimit-reset`.
  ///
  /// It is measured from the answer's own `Date`, so a wrong clock on either side does no harm; without one it is nil. A
  /// moment in the past is no wait.
  public func wait(untilEpoch text: String?) -> Duration? {
    guard let seconds = text.flatMap({ Double($0.trimmed) }), seconds >= 0, let date = self["date"]?.trimmed,
      let now = Instant(httpDate: date)
    else { return nil }
    let wait = seconds - Double(now.wholeSeconds)
    return .milliseconds(Int64((min(max(0, wait), HTTPReply.longestWait) * 1000).rounded(.up)))
  }

  private static let longestWait = 31_536_000.0
}

extension JSONNode {
  /// Reads JSON; nil if the bytes are not JSON.
  ///
  /// Text that is malformed, truncated or nested too deeply is not JSON.
  public init?(json bytes: [UInt8]) {
    let (node, problems) = JSONTree.parse(SourceText(name: "answer", bytes: bytes))
    guard let node, problems.isEmpty else { return nil }
    self = node
  }

  /// The number, if it is one without a fraction that fits into an `Int`.
  public var int: Int? {
    guard case .number(let text) = value else { return nil }
    return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }

  /// The number, if it is one.
  public var double: Double? {
    guard case .number(let text) = value, let number = Double(text), number.isFinite else { return nil }
    return number
  }

  /// The boolean, if it is one.
  public var bool: Bool? { if case .bool(let value) = value { value } else { nil } }

  /// Whether the string holds the value of an environment variable, and so may be a secret.
  public var isFromVariable: Bool { substitution != nil }

  /// Whether the string is empty because its variable is not set; that is reported already.
  public var isUnset: Bool { substitution?.isUnset == true }
}
