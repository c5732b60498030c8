// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

@Suite("The server over TLS", .systemTest, .endsIfItHangs)
struct TLSServerTests {
  private let folder: BelfryFolder
  private let authority: CertificateAuthority
  private let port: Int

  init() async throws {
    port = try ServerProcess.freePorts(1)[0]
    folder = try BelfryFolder([
      "channels.json": """
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }],
        "server": { "listen": "127.0.0.1:\(port)", "tls": { "certificate": "server.pem", "key": "server.key" } } }
      """
    ])
    authority = try await CertificateAuthority(in: folder.url)
    for host in ["one.localhost", "two.localhost"] { try await authority.certify(host) }
    try use("one.localhost")
  }

  /// Replaces both files that the server reads, by renaming.
  private func use(_ host: String) throws {
    for ending in ["pem", "key"] {
      try Data(folder.bytes(of: "\(host).\(ending)")).write(
        to: folder.url.appending(path: "server.\(ending)"),
        options: .atomic
      )
    }
    let key = folder.url.appending(path: "server.key").path
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
  }

  private func start() async throws -> BelfryProcess {
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port), with TLS")
    return belfry
  }

  /// Requests its health under this name, which its certificate must have.
  private func healthy(_ host: String) async throws -> Bool {
    let name = ["--resolve", "\(host):\(port):127.0.0.1", "--cacert", authority.certificate.path]
    let result = try await Tool.run(
      ["curl", "-sS", "--noproxy", "*"] + name + ["https://\(host):\(port)/-/healthy"],
      in: folder.url
    )
    return result.output == "Belfry is healthy.\n"
  }

  /// Keeps a connection open while the certificate is replaced, until new connections show the other.
  private static let held = """
    import os, socket, ssl, sys, time
    port, authority = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    def connect(): return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 600))
    def name(connection): return dict(connection.getpeercert()["subjectAltName"])["DNS"]
    def ask(connection):
        connection.sendall(b"GET /-/healthy HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        answer = b""
        while b"Belfry is healthy." not in answer:
            part = connection.recv(4096)
            assert part, answer
            answer += part
    held = connect()
    ask(held)
    assert name(held) == "one.localhost"
    for ending in ("pem", "key"): os.replace("two.localhost." + ending, "server." + ending)
    deadline = time.monotonic() + 600
    while True:
        fresh = connect()
        if name(fresh) == "two.localhost": break
        fresh.close()
        assert time.monotonic() < deadline
        # A connection without requests would be closed at some time.
        ask(held)
        time.sleep(0.1)
    ask(fresh)
    ask(held)
    print(name(held), name(fresh))
    """

  @Test("is reached with the authority's certificate, by TLS 1.2 and newer, and never in clear")
  func reached() async throws {
    let belfry = try await start()
    #expect(try await healthy("one.localhost"))
    #expect(!(try await healthy("two.localhost")))
    let clear = try await Tool.run(
      ["curl", "-sS", "--noproxy", "*", "http://127.0.0.1:\(port)/-/healthy"],
      in: folder.url
    )
    #expect(clear.status != 0)
    for (version, expected) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
      let connect = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-cipher", "DEFAULT@SECLEVEL=0", version]
      #expect(try await Tool.run(connect, in: folder.url).status == (expected ? 0 : 1), "\(version)")
    }
    #expect(try await healthy("one.localhost"))
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  @Test("uses a replaced certificate for the next connection, while open ones continue")
  func exchanged() async throws {
    let belfry = try await start()
    let command = ["python3", "-c", Self.held, "\(port)", authority.certificate.path]
    #expect(try await Tool.output(command, in: folder.url) == "one.localhost two.localhost\n", "\(belfry.output)")
    #expect(belfry.output.contains("server: a new certificate is in force, valid until"))
    #expect(!belfry.output.contains("was rejected"))
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  @Test("reports an unusable certificate in the log and in status, and keeps the last good one")
  func refused() async throws {
    let belfry = try await start()
    try await eventually("status says until when it is good") {
      try await folder.run("status").output.contains("server certificate: valid until")
    }
    try folder.write("-----BEGIN CERTIFICATE-----\nnothing\n", to: "server.pem")
    try await belfry.line(containing: "the new certificate was rejected; the previous one stays in force")
    #expect(try await healthy("one.localhost"))
    let reason = "its new files were rejected: server.tls.certificate: it contains no PEM certificate"
    try await eventually("status says why") {
      let status = try await folder.run("status")
      return status.status == 1 && status.output.contains(reason)
    }
    // The key alone does not fit either.
    try Data(folder.bytes(of: "one.localhost.pem")).write(
      to: folder.url.appending(path: "server.pem"),
      options: .atomic
    )
    try Data(folder.bytes(of: "two.localhost.key")).write(
      to: folder.url.appending(path: "server.key"),
      options: .atomic
    )
    try await belfry.line(containing: "server.tls.key: it does not match the certificate")
    #expect(try await healthy("one.localhost"))
    // Other changes in channels.json take effect anyway.
    let channels = String(decoding: folder.bytes(of: "channels.json"), as: UTF8.self)
    try folder.write(channels.replacing("[{", with: #"[{ "cooldown": "0s","#), to: "channels.json")
    try await belfry.line(containing: "version 2 is in force")
    #expect(try await healthy("one.localhost"))
    try use("two.localhost")
    try await belfry.line(containing: "server: a new certificate is in force")
    #expect(try await healthy("two.localhost"))
    try await eventually("status is good again") { try await folder.run("status").status == 0 }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  @Test(
    "is checked for files that are missing, do not match, expire soon, or are readable by everyone; run does not start without"
  )
  func checked() async throws {
    #expect(try await folder.run("check", "--strict").status == 0)
    let key = folder.url.appending(path: "server.key")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key.path)
    let open = try await folder.run("check", "--strict")
    #expect(
      open.status == 1 && open.output.contains("warning: server.tls.key: every user of this machine can read it.")
    )
    try Data(folder.bytes(of: "two.localhost.key")).write(to: key, options: .atomic)
    let foreign = try await folder.run("check")
    #expect(
      foreign.status == 2 && foreign.output.contains("error: server.tls.key: it does not match the certificate.")
    )
    try FileManager.default.removeItem(at: folder.url.appending(path: "server.pem"))
    let missing = try await folder.run("check")
    #expect(missing.status == 2 && missing.output.contains("error: server.tls.certificate: /"))
    let run = try await folder.run("run")
    #expect(run.status == 2 && run.output.contains("error: server.tls.certificate: /"))
    // Queries need no key.
    #expect(try await folder.run("explain", "--severity", "info").status == 0)
  }
}
