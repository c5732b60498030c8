// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The plugin's arguments: `--program NAME --access public --output FILE --channel MODULE=FOLDER …`.
struct Invocation {
  var program = ""
  var output = ""
  var channels: [ChannelTarget] = []
  var isPublic = true

  init(_ arguments: [String]) throws(Complaint) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Self.misused("\(option) needs a value.") }
      switch option {
      case "--program": program = value
      case "--output": output = value
      case "--access" where ["public", "internal"].contains(value): isPublic = value == "public"
      case "--channel": channels.append(try Self.channel(value))
      default: throw Self.misused("unknown option \(option).")
      }
    }
    if program.isEmpty || output.isEmpty { throw Self.misused("--program and --output are needed.") }
  }

  /// Writes the registry; leaves an identical file alone, so that nothing is rebuilt.
  func run() throws {
    for channel in channels { try channel.check() }
    let text = try RegistrySource(program: program, channels: channels, isPublic: isPublic).text
    let file = URL(filePath: output)
    if let present = try? String(contentsOf: file, encoding: .utf8), present == text { return }
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  private static func channel(_ value: String) throws(Complaint) -> ChannelTarget {
    let parts = value.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { throw misused("--channel takes MODULE=FOLDER, not \"\(value)\".") }
    return ChannelTarget(module: String(parts[0]), folder: URL(filePath: String(parts[1]), directoryHint: .isDirectory))
  }

  private static func misused(_ message: String) -> Complaint {
    Complaint("RegistryGenerator: error: \(message) It is run by the ChannelRegistry plugin.")
  }
}
