// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryOperations
internal import Foundation

#if TLS
internal import NIOSSL
#endif

/// What the server proves itself with, as its files had it when they were read.
struct ServerCertificate: Sendable {
  #if TLS
  let context: NIOSSLContext
  #endif
  /// From when to when it is good.
  let beginsAt: Instant
  let endsAt: Instant
  /// The hash of both files: by it one knows whether something has changed.
  let print: [UInt8]

  /// Far more than any chain of certificates takes.
  private static let mostBytes = 1 << 20

  #if !TLS
  /// Says that this build serves no TLS: it was made without that trait.
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
        throw CertificateError(file, "there is no \(path)", "")
      }
      throw CertificateError(file, "\(path) cannot be read", "Let the user that Belfry runs as read it.")
    }
  }
}

#if TLS
extension ServerCertificate {
  /// Reads the files; to be called where it may block.
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
      throw CertificateError(.key, "it is not the key of the certificate", "Name the key that it was made with.")
    }
    beginsAt = Instant(seconds: Int64(certificates[0].notValidBefore))
    endsAt = Instant(seconds: Int64(certificates[0].notValidAfter))
    print = SHA256.hash(SHA256.hash(chain) + SHA256.hash(secret))
  }

  private static func certificates(_ bytes: [UInt8]) throws(CertificateError) -> [NIOSSLCertificate] {
    let certificates: [NIOSSLCertificate]
    // Bytes that are none have no place in memory, which NIOSSL asks for.
    do { certificates = try bytes.isEmpty ? [] : NIOSSLCertificate.fromPEMBytes(bytes) } catch { certificates = [] }
    guard !certificates.isEmpty else {
      let remedy = "It has to begin with -----BEGIN CERTIFICATE-----."
      throw CertificateError(.certificate, "it holds no certificate in PEM", remedy)
    }
    return certificates
  }

  private static func key(_ bytes: [UInt8]) throws(CertificateError) -> NIOSSLPrivateKey {
    let wrong = CertificateError(.key, "it holds no private key in PEM without a pass phrase", "")
    if bytes.isEmpty { throw wrong }
    do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch { throw wrong }
  }
}
#endif

/// Why the server cannot prove itself with what its files hold.
struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Which of the two files is at fault.
  enum File: String, Sendable {
    case certificate
    case key
  }

  let file: File
  /// Without a full stop.
  let message: String
  /// A whole sentence; may be empty.
  let remedy: String

  init(_ file: File, _ message: String, _ remedy: String) {
    self.file = file
    self.message = message
    self.remedy = remedy
  }

  var description: String { "server.tls.\(file.rawValue): \(message)." + (remedy.isEmpty ? "" : " \(remedy)") }
}
