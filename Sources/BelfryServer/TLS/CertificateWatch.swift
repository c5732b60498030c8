// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryOperations
internal import BelfryTransport

/// Takes over what the files of the certificate hold anew; what is wrong with it keeps the last good one in force, and is told.
actor CertificateWatch {
  nonisolated let settings: TLSSettings
  nonisolated let inForce: InForce<ServerCertificate>
  private let parts: ServerParts
  /// How often in a row they could not be taken over.
  private var failures = 0
  private var refusal: String?

  /// Two files are not changed at once: what does not fit together is looked at once more before it is refused.
  private static let patience = 2

  init(_ settings: TLSSettings, inForce: InForce<ServerCertificate>, parts: ServerParts) {
    self.settings = settings
    self.inForce = inForce
    self.parts = parts
  }

  /// Reads the files for the first time, or anew.
  static func read(_ settings: TLSSettings) async -> Result<ServerCertificate, CertificateError> {
    await onOwnThread(named: "certificate") {
      Result { () throws(CertificateError) in try ServerCertificate(settings) }
    }
  }

  /// Watches both files until it is told to stop.
  nonisolated func run() async {
    await withDiscardingTaskGroup { group in
      for path in [settings.certificate.value.text, settings.key.value.text] {
        group.addTask { await FileWatch(path, time: self.parts.time).run { await self.look() } }
      }
      // Whatever changed since they were read first, before the watch began.
      group.addTask { _ = await self.look() }
    }
  }

  /// Looks at the files.
  ///
  /// - Returns: whether that need not be done again until one changes.
  func look() async -> Bool {
    switch await CertificateWatch.read(settings) {
    case .failure(let error): return await refuse(error.description)
    case .success(let new):
      let old = inForce.current
      if new.print != old.print, new.endsAt <= parts.now, old.endsAt > parts.now {
        return await refuse("server.tls.certificate: it ended \(new.endsAt.iso8601).")
      }
      return await adopt(new, instead: old)
    }
  }

  private func adopt(_ new: ServerCertificate, instead old: ServerCertificate) async -> Bool {
    failures = 0
    let isNew = new.print != old.print
    guard isNew || refusal != nil else { return await note(new.note) }
    refusal = nil
    await inForce.change { _ in new }
    let what = isNew ? "a new certificate is" : "its files hold the certificate again that is"
    parts.console.say("server: \(what) in force, good until \(new.endsAt.iso8601)", .topic(.server))
    return await note(new.note)
  }

  private func refuse(_ reason: String) async -> Bool {
    failures += 1
    guard failures >= CertificateWatch.patience else { return false }
    if refusal != reason {
      refusal = reason
      parts.console.fail(
        "server: the changed certificate was refused; the one before stays in force: \(reason)",
        .topic(.server)
      )
    }
    var note = inForce.current.note
    note.refusal = reason
    return await self.note(note)
  }

  /// Writes it down for `belfry status`.
  private func note(_ note: CertificateNote) async -> Bool {
    do {
      try await CertificateNote.keep(note, in: parts.ledger)
      return true
    } catch {
      parts.console.warn(
        "server: how it is with the certificate could not be written down: \(error)",
        .topic(.server)
      )
      return false
    }
  }
}
