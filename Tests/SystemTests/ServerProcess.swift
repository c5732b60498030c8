// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A server in a process of its own, killed when nobody holds it any more.
final class ServerProcess: Sendable {
  private let process: Process
  private let file: URL

  /// Starts it; what it writes goes into `log`.
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

  /// Ends it at once, with the processes that it started: nothing that they might still want to keep is of use.
  func stop() {
    // Foundation makes each process that it starts the leader of a group.
    if process.isRunning { _ = kill(-process.processIdentifier, SIGKILL) }
  }

  var isRunning: Bool { process.isRunning }

  /// What it wrote so far.
  var log: String {
    get throws { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
  }

  /// Where apt installs a server.
  ///
  /// - Throws: When it is not there.
  static func program(_ path: String) throws -> String {
    guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(program: path) }
    return path
  }

  /// Ports of 127.0.0.1 that nothing listens on.
  static func freePorts(_ count: Int) throws -> [Int] {
    #if canImport(Darwin)
    let kind = SOCK_STREAM
    #else
    let kind = CInt(SOCK_STREAM.rawValue)
    #endif
    // All of them before the first is closed: else the second could be the first again.
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
