// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A test authority, made with OpenSSL, that certifies servers for a day.
struct CertificateAuthority {
  /// The folder of its certificate and key.
  let folder: URL

  /// Creates it in an existing folder.
  init(in folder: URL) async throws {
    self.folder = folder
    let subject = ["-subj", "/CN=Belfry's test authority"]
    try await openssl(["req", "-x509", "-days", "1"] + subject + newKey("authority") + ["-out", "authority.pem"])
  }

  /// The certificate that clients must trust.
  var certificate: URL { folder.appending(path: "authority.pem") }

  /// Makes a key and a certificate for this host: `host.key` and `host.pem` in the folder.
  func certify(_ host: String) async throws {
    let extensions = folder.appending(path: "\(host).extensions")
    try Data("subjectAltName=DNS:\(host)\n".utf8).write(to: extensions)
    try await openssl(["req", "-subj", "/CN=\(host)"] + newKey(host) + ["-out", "\(host).request"])
    let authority = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"]
    let files = ["-extfile", extensions.path, "-in", "\(host).request", "-out", "\(host).pem"]
    try await openssl(["x509", "-req", "-days", "1"] + authority + files)
  }

  private func newKey(_ name: String) -> [String] { ["-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key"] }

  private func openssl(_ arguments: [String]) async throws {
    try await Tool.output(["openssl"] + arguments, in: folder)
  }
}
