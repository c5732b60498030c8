// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport
internal import Synchronization

/// Writes what would be sent into a folder, one file each, in a format that can be opened; nothing is sent.
///
/// A mail becomes `.eml`, an HTTP exchange the text of its request with secrets shown as `‹secret›`, lines for a file
/// become a file with its extension, and a program's standard input becomes `.json`.
package final class DryRunTransport: Transport {
  private let folder: String
  private let disk: Disk
  private let count = Mutex(0)

  package init(folder: String, disk: Disk) {
    self.folder = folder
    self.disk = disk
  }

  package func send(_ batch: [Outgoing]) async -> [Reply] {
    var replies: [Reply] = []
    for outgoing in batch {
      let number = count.withLock { count in
        count += 1
        return count
      }
      let file = ConfinedPath(root: folder, relative: DryRunTransport.name(number, outgoing))
      if let failure = await disk.write(outgoing.shown, to: file) {
        replies.append(.failed(failure))
      } else {
        replies.append(.appended)
      }
    }
    return replies
  }

  package func connect(for outgoing: Outgoing) async -> TransportFailure? { nil }

  /// The file name, such as `00012.eml`, so that a listing shows the files in sending order.
  private static func name(_ number: Int, _ outgoing: Outgoing) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits + "." + outgoing.fileEnding
  }
}

extension Outgoing {
  /// The ending of a file with what is shown.
  var fileEnding: String {
    switch self {
    case .http: "http"
    case .mail: "eml"
    case .append(let append):
      append.file.relative.split(separator: "/").last?.split(separator: ".").dropFirst().last.map(String.init) ?? "txt"
    case .process: "json"
    }
  }

  /// The request as far as it may be shown.
  package var shown: [UInt8] {
    switch self {
    case .http(let exchange): exchange.shown
    case .mail(let submission): submission.message
    case .append(let append): append.bytes
    case .process(let run): run.input
    }
  }
}

extension HTTPExchange {
  /// The request in HTTP/1.1 form.
  fileprivate var shown: [UInt8] {
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    let slash = url[start...].firstIndex(of: "/") ?? url.endIndex
    let target = slash == url.endIndex ? "/" : String(url[slash...])
    var text = "\(method) \(target) HTTP/1.1\r\nHost: \(url[start..<slash])\r\n"
    for field in fields { text += "\(field.name): \(field.value)\r\n" }
    if grant != nil { text += "Authorization: Bearer \(Secret.mask)\r\n" }
    text += "Content-Length: \(body.count)\r\n\r\n"
    return Array(text.utf8) + body
  }
}
