// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

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

  /// Ports of 127.0.0.1 on which nothing listens, and on which nothing that chooses no port will.
  ///
  /// They are outside of the range from which the system takes a port for a connection or for a server without one:
  /// those could take it before the process that is to listen on it starts, or while it restarts.
  static func freePorts(_ count: Int) throws -> [Int] {
    var ports: [Int] = []
    for _ in 0..<10_000 where ports.count < count {
      let port = Int.random(in: 10_000..<32_000)
      if given.withLock({ $0.insert(port).inserted }), isFree(port) { ports.append(port) }
    }
    guard ports.count == count else { throw POSIXError(.EADDRNOTAVAIL) }
    return ports
  }

  /// The ports that were given to a test; none is given twice.
  private static let given = Mutex<Set<Int>>([])

  private static func isFree(_ port: Int) -> Bool {
    #if canImport(Darwin)
    let kind = SOCK_STREAM
    #else
    let kind = CInt(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, kind, 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  struct Missing: Error, CustomStringConvertible {
    let program: String
    var description: String { "\(program) is not installed: run scripts/install-test-servers, or make system-test." }
  }
}
