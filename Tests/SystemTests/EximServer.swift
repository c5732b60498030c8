// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation

/// A real mail server on free ports of 127.0.0.1: Exim, with TLS and a login, that puts every mail into one mailbox.
final class EximServer: Sendable {
  static let user = "belfry"
  static let password = "correct-horse-battery"

  /// A recipient that is always refused.
  static let gone = "gone@example.com"
  /// A recipient that is refused until ``stopBeingBusy()``.
  static let busy = "busy@example.com"

  /// The port where TLS starts after STARTTLS.
  let plainPort: Int
  /// The port where TLS starts with the first byte.
  let tlsPort: Int
  /// The certificate of the authority that certified it.
  let authority: URL
  private let temporary: TemporaryFolder
  private var folder: URL { temporary.url }
  private let process: ServerProcess

  /// Starts it and waits until it listens.
  ///
  /// - Parameter host: The host in its certificate; it is reached as `localhost`.
  /// - Throws: If Exim or OpenSSL is not installed, or Exim does not start.
  init(certifiedFor host: String = "localhost") async throws {
    temporary = try TemporaryFolder()
    let folder = temporary.url
    let state = folder.appending(path: "state")
    try temporary.makeFolder("state")
    let authority = try await CertificateAuthority(in: state)
    try await authority.certify(host)
    self.authority = authority.certificate
    let ports = try ServerProcess.freePorts(2)
    (plainPort, tlsPort) = (ports[0], ports[1])
    let configuration = folder.appending(path: "exim.conf")
    try Data(EximServer.configuration(state: state, host: host, plain: ports[0], tls: ports[1]).utf8)
      .write(to: configuration)
    // Exim requires a configuration owned by root, and then runs as its own user.
    try await Tool.output(["chown", "-R", "Debian-exim", state.path], in: folder)
    process = try ServerProcess(
      [try ServerProcess.program("/usr/sbin/exim4"), "-C", configuration.path, "-bdf"],
      in: folder,
      log: folder.appending(path: "output")
    )
    try await eventually("Exim listens") {
      guard process.isRunning else { throw Tool.Failure(description: "Exim ended:\n\(try process.log)") }
      return try log.contains("daemon started")
    }
  }

  deinit { process.stop() }

  /// Makes it accept mail for ``busy`` from now on.
  func stopBeingBusy() throws { try Data().write(to: folder.appending(path: "state/not-busy")) }

  /// The number of accepted mails; they are counted here before the sender gets the answer.
  var acceptedCount: Int {
    get throws { try log.components(separatedBy: " <= ").count - 1 }
  }

  /// The content of its log.
  var log: String {
    get throws {
      let file = folder.appending(path: "state/mainlog")
      guard FileManager.default.fileExists(atPath: file.path) else { return "" }
      return try String(contentsOf: file, encoding: .utf8)
    }
  }

  /// Waits until `count` mails are in the mailbox.
  ///
  /// - Returns: The file of each mail.
  func mails(_ count: Int) async throws -> [URL] {
    try await eventually("\(count) in the mailbox") {
      let mailbox = folder.appending(path: "state/mailbox/new")
      guard FileManager.default.fileExists(atPath: mailbox.path) else { return nil }
      let mails = try FileManager.default.contentsOfDirectory(at: mailbox, includingPropertiesForKeys: nil)
      return mails.count >= count ? mails : nil
    }
  }

  // https://www.exim.org/exim-html-current/doc/html/spec_html/ch-main_configuration.html
  private static func configuration(state: URL, host: String, plain: Int, tls: Int) -> String {
    """
    primary_hostname = localhost
    spool_directory = \(state.path)/spool
    log_file_path = \(state.path)/%slog
    pid_file_path = \(state.path)/exim.pid
    local_interfaces = 127.0.0.1
    daemon_smtp_ports = \(plain) : \(tls)
    daemon_startup_retries = 0
    tls_on_connect_ports = \(tls)
    tls_advertise_hosts = *
    tls_certificate = \(state.path)/\(host).pem
    tls_privatekey = \(state.path)/\(host).key
    auth_advertise_hosts = ${if def:tls_in_cipher{*}}
    acl_smtp_rcpt = recipient
    acl_smtp_data = accept
    host_lookup =
    rfc1413_query_timeout = 0s
    deliver_drop_privilege
    keep_environment =
    begin acl
    recipient:
      deny recipients = \(gone)
           message = 5.1.1 No such user here
      defer recipients = \(busy)
           condition = ${if exists{\(state.path)/not-busy}{no}{yes}}
           message = 4.2.1 Come back later
      accept authenticated = *
      deny message = Log in first
    begin routers
    everyone:
      driver = accept
      transport = mailbox
    begin transports
    mailbox:
      driver = appendfile
      directory = \(state.path)/mailbox
      maildir_format
      envelope_to_add
      create_directory
    begin authenticators
    plain:
      driver = plaintext
      public_name = PLAIN
      server_prompts = :
      server_condition = ${if and{{eq{$auth2}{\(user)}}{eq{$auth3}{\(password)}}}}
      server_set_id = $auth2

    """
  }
}
