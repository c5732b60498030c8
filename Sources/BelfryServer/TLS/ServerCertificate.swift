// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import Foundation

#if TLS
internal import NIOSSL
#endif

/// The server's certificate and key, as read from their files.
struct ServerCertificate: Sendable {
  #if TLS
  let context: NIOSSLContext
  #endif
  /// The start of its validity.
  let beginsAt: Instant
  let endsAt: Instant
  /// The hash of both files, to detect changes.
  let print: [UInt8]

  /// The largest file, in bytes: far more than any certificate chain needs.
  private static let mostBytes = 1 << 20

  #if !TLS
  /// Fails: this build was made without the TLS trait.
  init(_ settings: TLSSettings) throws(CertificateError) {
    let remedy = "Build it with the trait TLS, as `make build` does, or remove `tls`."
    throw CertificateError(.certificate, "this build of Belfry has no TLS", remedy)
  }
  #endif

  var note: CertificateNote { CertificateNote(from: beginsAt, until: endsAt) }

  private static func bytes(of path: String, _ file: CertificateError.File) throws(CertificateError) -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { handle.closeFile() }
      return [UInt8](try handle.read(upToCount: mostBytes) ?? Data())
    } catch {
      guard FileManager.default.fileExists(atPath: path) else {
        throw CertificateError(file, "\(path) does not exist", "")
      }
      throw CertificateError(file, "\(path) cannot be read", "Make it readable for the user that runs Belfry.")
    }
  }
}

#if TLS
extension ServerCertificate {
  /// Reads the files; call it where blocking is allowed.
  init(_ settings: TLSSettings) throws(CertificateError) {
    let chain = try ServerCertificate.bytes(of: settings.certificate.value.text, .certificate)
    let secret = try ServerCertificate.bytes(of: settings.key.value.text, .key)
    let certificates = try ServerCertificate.certificates(chain)
    let key = try ServerCertificate.key(secret)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates.map { .certificate($0) },
      privateKey: .privateKey(key)
    )
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw CertificateError(
        .key,
        "it does not match the certificate",
        "Use the key that the certificate was issued for."
      )
    }
    beginsAt = Instant(seconds: Int64(certificates[0].notValidBefore))
    endsAt = Instant(seconds: Int64(certificates[0].notValidAfter))
    print = SHA256.hash(SHA256.hash(chain) + SHA256.hash(secret))
  }

  private static func certificates(_ bytes: [UInt8]) throws(CertificateError) -> [NIOSSLCertificate] {
    let certificates: [NIOSSLCertificate]
    // NIOSSL needs the bytes' address, and empty bytes have none.
    do { certificates = try bytes.isEmpty ? [] : NIOSSLCertificate.fromPEMBytes(bytes) } catch { certificates = [] }
    guard !certificates.isEmpty else {
      let remedy = "It must begin with -----BEGIN CERTIFICATE-----."
      throw CertificateError(.certificate, "it contains no PEM certificate", remedy)
    }
    return certificates
  }

  private static func key(_ bytes: [UInt8]) throws(CertificateError) -> NIOSSLPrivateKey {
    let wrong = CertificateError(.key, "it contains no unencrypted PEM private key", "")
    if bytes.isEmpty { throw wrong }
    do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch { throw wrong }
  }
}
#endif

/// The reason why the certificate files cannot be used.
struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file at fault.
  enum File: String, Sendable {
    case certificate
    case key
  }

  let file: File
  /// The message, without a full stop.
  let message: String
  /// How to fix it, in whole sentences; may be empty.
  let remedy: String

  init(_ file: File, _ message: String, _ remedy: String) {
    self.file = file
    self.message = message
    self.remedy = remedy
  }

  var description: String { "server.tls.\(file.rawValue): \(message)." + (remedy.isEmpty ? "" : " \(remedy)") }
}
