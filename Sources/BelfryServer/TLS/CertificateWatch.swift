// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryTransport

/// Reloads the certificate when its files change; if they are invalid, keeps the last good one and reports the error.
actor CertificateWatch {
  nonisolated let settings: TLSSettings
  nonisolated let live: CurrentValue<ServerCertificate>
  private let server: ServerContext
  /// How many times in a row reloading failed.
  private var failures = 0
  private var refusal: String?

  /// How often files that do not match are read again before an error is reported, because the two files are not
  /// changed at once.
  private static let patience = 2

  init(_ settings: TLSSettings, live: CurrentValue<ServerCertificate>, server: ServerContext) {
    self.settings = settings
    self.live = live
    self.server = server
  }

  /// Reads the files, at startup or again later.
  static func read(_ settings: TLSSettings) async -> Result<ServerCertificate, CertificateError> {
    await onOwnThread(named: "certificate") {
      Result { () throws(CertificateError) in try ServerCertificate(settings) }
    }
  }

  /// Watches both files until it is asked to stop.
  nonisolated func run() async {
    await withDiscardingTaskGroup { group in
      for path in [settings.certificate.value.text, settings.key.value.text] {
        group.addTask { await FileWatch(path, time: self.server.time).run { await self.look() } }
      }
      // Catches changes made after the first read and before the watch started.
      group.addTask { _ = await self.look() }
    }
  }

  /// Reads the files if they changed.
  ///
  /// - Returns: whether this need not be repeated until one of them changes.
  func look() async -> Bool {
    switch await CertificateWatch.read(settings) {
    case .failure(let error): return await refuse(error.description)
    case .success(let new):
      let old = live.current
      if new.print != old.print, new.endsAt <= server.now, old.endsAt > server.now {
        return await refuse("server.tls.certificate: it expired \(new.endsAt.iso8601).")
      }
      return await adopt(new, instead: old)
    }
  }

  private func adopt(_ new: ServerCertificate, instead old: ServerCertificate) async -> Bool {
    failures = 0
    let isNew = new.print != old.print
    guard isNew || refusal != nil else { return await note(new.note) }
    refusal = nil
    await live.change { _ in new }
    let what = isNew ? "a new certificate is" : "the certificate files again contain the one that is"
    server.console.say("server: \(what) in force, valid until \(new.endsAt.iso8601)", .topic(.server))
    return await note(new.note)
  }

  private func refuse(_ reason: String) async -> Bool {
    failures += 1
    guard failures >= CertificateWatch.patience else { return false }
    if refusal != reason {
      refusal = reason
      server.console.fail(
        "server: the new certificate was rejected; the previous one stays in force: \(reason)",
        .topic(.server)
      )
    }
    var note = live.current.note
    note.refusal = reason
    return await self.note(note)
  }

  /// Records the result for `belfry status`.
  private func note(_ note: CertificateNote) async -> Bool {
    do {
      try await CertificateNote.keep(note, in: server.ledger)
      return true
    } catch {
      server.console.warn(
        "server: the state of the certificate could not be stored: \(error)",
        .topic(.server)
      )
      return false
    }
  }
}
