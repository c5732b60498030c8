// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import Foundation

extension TLSSettings {
  /// Reports problems with the current files, and a certificate that must be renewed.
  package func check(_ report: inout Report, at now: Instant) {
    report.within("server") { report in
      report.within("tls") { report in
        do throws(CertificateError) {
          checkTime(try ServerCertificate(self).note, &report, at: now)
        } catch {
          report.within(error.file.rawValue) {
            $0.error("\(error.message).", at: offset(of: error.file), remedy: error.remedy)
          }
        }
        checkPermissions(&report)
      }
    }
  }

  private func checkTime(_ certificate: CertificateNote, _ report: inout Report, at now: Instant) {
    let message: String? =
      if certificate.endsAt <= now {
        "it expired \(certificate.endsAt.iso8601): clients reject it."
      } else if certificate.beginsAt > now {
        "it is not valid before \(certificate.beginsAt.iso8601)."
      } else if certificate.endsSoon(at: now) {
        "it expires \(certificate.endsAt.iso8601), \(TimeText(now: now).relative(certificate.endsAt))."
      } else {
        nil
      }
    guard let message else { return }
    report.within("certificate") {
      $0.warning(message, at: self.certificate.offset, remedy: "Renew it. Its files are reloaded when they change.")
    }
  }

  /// Reports a key that others can read: they could impersonate the server.
  private func checkPermissions(_ report: inout Report) {
    // A missing file was already reported.
    let attributes = try? FileManager.default.attributesOfItem(atPath: key.value.text)
    guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o007 != 0 else { return }
    report.within("key") {
      $0.warning("every user of this machine can read it.", at: key.offset, remedy: "Run chmod 600 \(key.value.text).")
    }
  }

  private func offset(of file: CertificateError.File) -> Int {
    switch file {
    case .certificate: certificate.offset
    case .key: key.offset
    }
  }
}
