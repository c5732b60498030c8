// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// TLS in front of a loopback server: accepts connections on a free port, decrypts, and forwards.
///
/// It runs in Python, because Swift's standard library has no TLS; its certificates are made with the `openssl`
/// command.
final class TLSRelay: Sendable {
  enum Mode: String { case implicit, startTLS }

  /// Whether this machine has the required programs.
  static let isPossible = ["python3", "openssl"].allSatisfy { find($0) != nil }

  let port: Int
  private let process: Process

  /// With `clients`, only clients with a certificate of that authority are served.
  init(
    to backend: Int,
    certificate: TestAuthority.Certificate,
    mode: Mode = .implicit,
    clients: TestAuthority? = nil
  ) async throws {
    process = Process()
    process.executableURL = find("python3")
    process.arguments = [
      "-c", script, certificate.path, certificate.keyPath, String(backend), mode.rawValue, clients?.path ?? "",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let handle = output.fileHandleForReading
    port = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let text = String(decoding: handle.availableData, as: UTF8.self)
        continuation.resume(returning: Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
      }
    }
  }

  deinit { process.terminate() }
}

/// A certificate authority for one test.
final class TestAuthority: Sendable {
  struct Certificate {
    let path: String
    let keyPath: String
  }

  private let folder: TemporaryFolder

  /// The certificate to trust.
  var path: String { folder.path("ca.pem") }

  init() throws {
    folder = try TemporaryFolder()
    try openssl("req", "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", key: true)
  }

  /// Makes a certificate for the names, such as `DNS:localhost`.
  func certify(_ names: String, days: Int = 2) throws -> Certificate {
    let name = UUID().uuidString
    try openssl(
      "req",
      "-keyout",
      "\(name).key",
      "-out",
      "\(name).csr",
      "-subj",
      "/CN=test",
      "-addext",
      "subjectAltName=\(names)",
      key: true
    )
    try openssl(
      "x509",
      "-req",
      "-in",
      "\(name).csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-copy_extensions",
      "copy",
      "-days",
      "\(days)",
      "-out",
      "\(name).pem"
    )
    return Certificate(path: folder.path("\(name).pem"), keyPath: folder.path("\(name).key"))
  }

  /// Makes another authority that has certified nothing, and returns the path of its certificate.
  func makeStranger() throws -> String {
    try openssl("req", "-x509", "-days", "2", "-keyout", "x.key", "-out", "x.pem", "-subj", "/CN=Other", key: true)
    return folder.path("x.pem")
  }

  private func openssl(_ arguments: String..., key: Bool = false) throws {
    let process = Process()
    process.executableURL = find("openssl")
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.arguments =
      arguments + (key ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] : [])
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw POSIXError(.EINVAL) }
  }
}

private func find(_ program: String) -> URL? {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
  return path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/\(program)") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}

private let script = #"""
  import os, socket, ssl, sys, threading

  certificate, key, backend, mode, clients = sys.argv[1:6]
  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  context.load_cert_chain(certificate, key)
  if clients:
      context.load_verify_locations(clients)
      context.verify_mode = ssl.CERT_REQUIRED
  listener = socket.create_server(("127.0.0.1", 0))
  print(listener.getsockname()[1], flush=True)

  def line(connection):
      text = b""
      while not text.endswith(b"\n"):
          byte = connection.recv(1)
          if not byte:
              raise OSError("closed")
          text += byte
      return text

  def pump(source, target):
      try:
          while data := source.recv(65536):
              target.sendall(data)
      except OSError:
          pass
      for each in (source, target):
          try:
              each.shutdown(socket.SHUT_RDWR)
          except OSError:
              pass

  def serve(plain):
      behind = socket.create_connection(("127.0.0.1", int(backend)))
      try:
          if mode == "startTLS":
              plain.sendall(line(behind))
              while True:
                  command = line(plain).upper()
                  if command.startswith(b"EHLO"):
                      plain.sendall(b"250-relay\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
                  elif command.startswith(b"STARTTLS"):
                      plain.sendall(b"220 go\r\n")
                      break
                  else:
                      plain.sendall(b"250 Ok\r\n")
                      # What is said in clear reaches the server behind, so that the test sees it.
                      behind.sendall(command)
          secure = context.wrap_socket(plain, server_side=True)
          threading.Thread(target=pump, args=(secure, behind), daemon=True).start()
          pump(behind, secure)
      except OSError:
          pass
      finally:
          behind.close()
          plain.close()

  # Ends with the test that started it.
  parent = os.getppid()
  listener.settimeout(1)
  while os.getppid() == parent:
      try:
          connection, _ = listener.accept()
      except TimeoutError:
          continue
      connection.setblocking(True)
      threading.Thread(target=serve, args=(connection,), daemon=True).start()
  """#
