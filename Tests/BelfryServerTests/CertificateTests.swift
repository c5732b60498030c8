// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing
@testable import BelfryServer

@Suite("The server's certificate")
struct CertificateTests {
  private static let now = Instant(seconds: 1_800_000_000)

  private func note(_ days: Int, of all: Int) -> CertificateNote {
    let end = Self.now + .seconds(days * 86_400)
    return CertificateNote(from: end - .seconds(all * 86_400), until: end)
  }

  @Test(
    "must be renewed two weeks before its end, or in the last third of a shorter validity",
    arguments: [(15, 90, false), (13, 90, true), (3, 6, false), (1, 6, true), (-1, 90, true)]
  )
  func renewal(days: Int, all: Int, expected: Bool) {
    #expect(note(days, of: all).endsSoon(at: Self.now) == expected)
    let text = note(days, of: all).text(TimeText(now: Self.now, zone: .gmt))
    #expect(text.contains("renew it") == expected)
    #expect(text.contains("expired") == (days < 0))
  }

  @Test("has its state recorded for other processes")
  func kept() async throws {
    let ledger = MemoryLedger(now: { Self.now })
    #expect(try await CertificateNote.kept(in: ledger) == nil)
    var note = note(15, of: 90)
    try await CertificateNote.keep(note, in: ledger)
    #expect(try await CertificateNote.kept(in: ledger) == note)
    note.refusal = "it does not match the certificate"
    try await CertificateNote.keep(note, in: ledger)
    #expect(try await CertificateNote.kept(in: ledger) == note)
    try await CertificateNote.keep(nil, in: ledger)
    #expect(try await CertificateNote.kept(in: ledger) == nil)
  }

  private func error(with settings: TLSSettings) -> CertificateError? {
    do throws(CertificateError) { _ = try ServerCertificate(settings) } catch { return error }
    return nil
  }

  #if TLS
  @Test("is rejected if its files are missing or contain something else, with what to do")
  func wrongFiles() throws {
    let folder = try TemporaryFolder()
    var settings = TLSSettings()
    settings.certificate.value = LocalPath(folder.path("server.pem"))
    settings.key.value = LocalPath(folder.path("server.key"))
    func error() -> CertificateError? { self.error(with: settings) }
    #expect(error()?.file == .certificate)
    #expect(error()?.message.hasSuffix("does not exist") == true)
    try folder.write("no certificate", to: "server.pem")
    #expect(error()?.file == .key)
    try folder.write("no key", to: "server.key")
    #expect(error()?.message == "it contains no PEM certificate")
  }
  #else
  @Test("is rejected by a build without TLS, with what to do")
  func noTLS() {
    let error = error(with: TLSSettings())
    #expect(error?.message == "this build of Belfry has no TLS")
    #expect(error?.remedy.contains("trait TLS") == true)
  }
  #endif

  @Test("keeps every session from being sent in clear")
  func secureSessions() throws {
    var settings = ServerSettings()
    #expect(!settings.isReachedByTLS(as: "127.0.0.1:9093"))
    settings.url = try #require(WebAddress("https://belfry.example.org"))
    #expect(settings.isReachedByTLS(as: "Belfry.example.org"))
    #expect(!settings.isReachedByTLS(as: "127.0.0.1:9093"))
    settings.tls = TLSSettings()
    #expect(settings.isReachedByTLS(as: "127.0.0.1:9093"))
  }
}
