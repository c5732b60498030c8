// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import BelfryTransport
internal import Synchronization

/// A transport that sends nothing: it records each request and answers from a script.
///
/// ```swift
/// let transport = ScriptedTransport { _ in .http(HTTPReply(status: 429, fields: [("retry-after", "30")])) }
/// ```
public final class ScriptedTransport: Sendable {
  private let script: @Sendable (Outgoing) async -> Reply
  private let connecting: @Sendable (Outgoing) async -> TransportFailure?
  private let record = Mutex<[Outgoing]>([])

  /// Makes a transport that answers with the result of `script`, which may suspend to be slow or to wait for the test.
  ///
  /// Hosts can be reached unless `connecting` says why not.
  public init(
    connecting: @escaping @Sendable (Outgoing) async -> TransportFailure? = { _ in nil },
    _ script: @escaping @Sendable (Outgoing) async -> Reply
  ) {
    self.connecting = connecting
    self.script = script
  }

  /// Makes a transport that accepts everything.
  public convenience init() {
    self.init { ScriptedTransport.accept($0) }
  }

  /// Everything sent so far, in order.
  public var carried: [Outgoing] { record.withLock { $0 } }

  /// Accepts everything, like a healthy service.
  public static func accept(_ outgoing: Outgoing) -> Reply {
    switch outgoing {
    case .http: .http(HTTPReply(status: 200, body: Array(#"{"ok":true}"#.utf8)))
    case .mail(let mail):
      .mail(MailReply(code: 250, text: "2.0.0 Ok", messageID: mail.messageID, progress: mail.progress))
    case .append: .appended
    case .process: .process(ProcessReply(.exited(0)))
    }
  }

  /// Says whether the host of a request can be reached.
  public func connect(for outgoing: Outgoing) async -> TransportFailure? { await connecting(outgoing) }

  /// Records the request, then answers it.
  public func send(_ outgoing: Outgoing) async -> Reply {
    record.withLock { $0.append(outgoing) }
    return await script(outgoing)
  }

  /// Records all requests in order, then answers them at the same time.
  public func send(_ batch: [Outgoing]) async -> [Reply] {
    record.withLock { $0 += batch }
    return await withTaskGroup(of: (Int, Reply).self) { group in
      for (index, outgoing) in batch.enumerated() {
        group.addTask { [script] in (index, await script(outgoing)) }
      }
      var replies: [Int: Reply] = [:]
      for await (index, reply) in group { replies[index] = reply }
      return batch.indices.compactMap { replies[$0] }
    }
  }
}

extension ScriptedTransport: Transport {}
