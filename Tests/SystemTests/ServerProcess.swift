// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A server in a separate process, killed with the last reference to it.
final class ServerProcess: Sendable {
  private let process: Process
  private let file: URL

  /// Starts it with its output in `log`.
  init(_ command: [String], in folder: URL, log: URL) throws {
    file = log
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  deinit { stop() }

  /// Kills it at once, with its children; nothing they might still store is needed.
  func stop() {
    // Foundation makes each process that it starts the leader of a group.
    if process.isRunning { _ = kill(-process.processIdentifier, SIGKILL) }
  }

  var isRunning: Bool { process.isRunning }

  /// Its output so far.
  var log: String {
    get throws { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
  }

  /// The path where apt installs a server.
  ///
  /// - Throws: If it is not there.
  static func program(_ path: String) throws -> String {
    guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(program: path) }
    return path
  }

  /// Ports of 127.0.0.1 on which nothing listens.
  static func freePorts(_ count: Int) throws -> [Int] {
    #if canImport(Darwin)
    let kind = SOCK_STREAM
    #else
    let kind = CInt(SOCK_STREAM.rawValue)
    #endif
    // All of them before the first is closed: otherwise the second could be the first again.
    let sockets = (0..<count).map { _ in socket(AF_INET, kind, 0) }
    defer { for socket in sockets { close(socket) } }
    return try sockets.map { socket in
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
        }
      }
      guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }

  struct Missing: Error, CustomStringConvertible {
    let program: String
    var description: String { "\(program) is not installed: run scripts/install-test-servers, or make system-test." }
  }
}
