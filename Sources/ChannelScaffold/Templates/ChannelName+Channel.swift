// SPDX-License-Identifier: Apache-2.0

extension ChannelName {
  /// The channel itself: a whole one that works at once, so that its author changes instead of inventing.
  var channelSource: String {
    #"""
    // SPDX-License-Identifier: Apache-2.0
    public import Belfry
    import Foundation

    /// Posts each notice as JSON to a URL.
    public struct \#(type): NotificationChannel {
      /// What `kind` says in `channels.json`.
      public static let kind: ChannelKind = "\#(kind)"

      private let settings: \#(settings)

      /// Creates a channel; its name in `channels.json` changes nothing here.
      public init(name: ChannelName, settings: \#(settings)) { self.settings = settings }

      /// A POST whose body tells the notice.
      public func compose(_ notice: Notice) throws(Uncomposable) -> Outgoing {
        guard !settings.url.isEmpty else { throw Uncomposable("no_url", "`url` is empty, so there is nowhere to post to.") }
        var fields = [
          HTTPField("Content-Type", "application/json"),
          // The same on every attempt: the receiver can tell a repeat by it.
          HTTPField("Idempotency-Key", notice.delivery.text),
        ]
        if !settings.token.isEmpty {
          fields.append(HTTPField("Authorization", prefix: "Bearer ", secret: settings.token))
        }
        return .http(HTTPExchange(url: settings.url.text, fields: fields, body: try body(notice)))
      }

      /// Judges the answer by its status alone: the body is not ours to understand.
      public func interpret(_ reply: Reply) -> Verdict {
        switch reply {
        case .http(let reply): verdict(on: reply)
        case .failed(let failure): verdict(on: failure)
        case .mail, .appended: .rejected(.operator, because: .init("wrong_reply", "This answers no HTTP request."))
        }
      }

      private func verdict(on reply: HTTPReply) -> Verdict {
        let reason = Verdict.Reason("http_\(reply.status)", "The service answered with status \(reply.status).")
        return switch reply.status {
        case 200...299: .delivered(Receipt())
        // Someone has to correct the token, or the URL that the service has moved from.
        case 300...399, 401, 403: .rejected(.operator, because: reason)
        case 404, 410: .rejected(.target, because: reason)
        case 408, 425, 429, 500...599: .retry(after: reply["Retry-After"].flatMap(wait), because: reason)
        default: .rejected(.payload, because: reason)
        }
      }

      private func verdict(on failure: TransportFailure) -> Verdict {
        let reason = Verdict.Reason(failure.kind.rawValue, failure.message)
        return switch failure.kind {
        case .timedOutAfterSending, .connectionLost, .replyTooLarge: .ambiguous(because: reason)
        case .tls, .login, .malformed: .rejected(.operator, because: reason)
        default: .retry(after: nil, because: reason)
        }
      }

      /// Retry-After in seconds (RFC 9110 §10.2.3); for its other form, a date, the usual backoff serves.
      private func wait(_ retryAfter: String) -> Duration? {
        Int(retryAfter).flatMap { $0 >= 0 ? .seconds($0) : nil }
      }

      private func body(_ notice: Notice) throws(Uncomposable) -> [UInt8] {
        let encoder = JSONEncoder()
        // Sorted, because the same notice must give the same bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
          return Array(try encoder.encode(\#(message)(notice)))
        } catch {
          throw Uncomposable("not_encodable", "The notice cannot be written as JSON.")
        }
      }
    }

    """#
  }
}
