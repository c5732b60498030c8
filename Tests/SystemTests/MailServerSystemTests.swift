// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// The built program with a real mail server that requires TLS and a login.
///
/// Exim starts as root, and continues as its own user.
@Suite(
  "Mail, through a real server",
  .systemTest,
  .enabled(if: getuid() == 0, "Exim has to be started by root"),
  .endsIfItHangs
)
struct MailServerSystemTests {
  private static let title = "Überlauf im Speicher — 磁盘已满 🔥 – und das ist noch nicht alles, was zu sagen ist"
  private static let lines = ["smtps", "smtp"]

  @Test("arrives completely over TLS from the first byte and over STARTTLS", arguments: lines)
  func delivered(over scheme: String) async throws {
    let exim = try await EximServer()
    let site = try installation(exim, scheme)

    let run = try await site.run("run", "--once")
    #expect(run.status == 0)
    #expect(run.output.contains("sent mail critical own/disk"), "\(run)")
    let mail = try await ReadMail(exim.mails(1)[0])
    #expect(try exim.acceptedCount == 1)
    #expect(try exim.log.contains("A=plain:\(EximServer.user)"))
    #expect(mail.received.contains("with esmtpsa"), "encrypted, and logged in")
    #expect(mail.defects == [])
    #expect(mail.subject == "[Belfry alert] critical: \(Self.title)")
    #expect(mail.to == "Wächter <ops@example.com>")
    #expect(mail.plain.contains("Größe: 100 %\n.\nEin Punkt allein"), "\(mail.plain)")
    #expect(mail.html.contains("Größe: 100 %"), "\(mail.html)")

    let again = try await site.run("run", "--once")
    #expect(again.status == 0)
    #expect(try exim.acceptedCount == 1, "accepted once")
    #expect(try await site.audit().map(\.outcome) == ["ok"])
    #expect(try await site.run("test").output == "mail: ok")
    #expect(try await exim.mails(2).count == 2)
    #expect(try site.files(containing: EximServer.password) == [])
  }

  @Test(
    "has a verdict per recipient: a refused one neither fails nor repeats the others",
    arguments: lines
  )
  func recipients(over scheme: String) async throws {
    let exim = try await EximServer()
    let site = try installation(exim, scheme, to: ["ops@example.com", EximServer.gone, EximServer.busy])

    let belfry = try site.start("run")
    let line = try await belfry.line(containing: "sent mail critical own/disk")
    #expect(line.contains(", the rest in"), "\(line)")
    #expect(try await envelopes(exim, 1) == ["ops@example.com"])
    try exim.stopBeingBusy()
    #expect(try await envelopes(exim, 2) == [EximServer.busy, "ops@example.com"])
    try await eventually("it is settled") { try await site.status().status.deliveries == ["mail": .init(delivered: 1)] }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")

    #expect(try await envelopes(exim, 2) == [EximServer.busy, "ops@example.com"], "nobody has it twice")
    let rows = try await site.run("audit", "--json").answer.split(separator: "\n")
    #expect(rows.allSatisfy { $0.contains(#""status":"partial""#) && $0.contains("\(EximServer.gone) 550 5.1.1") })
    #expect(rows.first?.contains(#""waiting":"\#(EximServer.busy)""#) == true, "\(rows)")
    #expect(rows.last?.contains(#""waiting""#) == false, "\(rows)")
    let why = try await site.run("why", "own/disk").answer
    #expect(why.contains("Refused: \(EximServer.gone) 550 5.1.1") && why.contains("delivered to the others"), "\(why)")
  }

  /// The recipients of the mails in the mailbox, in alphabetical order.
  private func envelopes(_ exim: EximServer, _ count: Int) async throws -> [String] {
    try await exim.mails(count).map { file in
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      return String(lines.first { $0.hasPrefix("Envelope-to: ") }?.dropFirst(13) ?? "")
    }
    .sorted()
  }

  @Test("with a wrong password waits for the operator to fix it", arguments: lines)
  func wrongPassword(over scheme: String) async throws {
    let exim = try await EximServer()
    let site = try installation(exim, scheme, password: "wrong-donkey")

    let test = try await site.run("test")
    #expect(test.status == 1)
    #expect(test.output.hasPrefix("mail: failed: smtp_535: "), "\(test)")
    #expect(test.output.contains("Check `username` and `password`"), "says what to do: \(test)")
    let run = try await site.run("run", "--once")
    #expect(run.status == 1)
    #expect(run.output.contains("retry mail critical own/disk"), "\(run)")
    // The alarm about the failing channel waits too, because there is no other channel to send it.
    #expect(run.output.contains("notify critical belfry/channel/mail"), "\(run)")
    #expect(run.output.contains("done: 0 delivered, 2 still pending, 0 dead letters"), "\(run)")
    #expect(try await site.status().status.deliveries == ["mail": .init(pending: 2)])
    #expect(try exim.acceptedCount == 0)
    #expect(try exim.log.contains("Incorrect authentication data"))
    #expect(try site.files(containing: "wrong-donkey") == [])
    #expect(!(test.output + run.output).contains("wrong-donkey"))
  }

  @Test("for an untrusted certificate is reported, and neither password nor mail is sent", arguments: lines)
  func untrusted(over scheme: String) async throws {
    let exim = try await EximServer()
    let stranger = try await EximServer()
    let site = try installation(exim, scheme, authority: stranger.authority)
    try await expectRefusal(by: site, exim, because: "unable to get local issuer certificate")
  }

  @Test("for a certificate of another host is not sent either", arguments: lines)
  func otherHost(over scheme: String) async throws {
    let exim = try await EximServer(certifiedFor: "mail.example.com")
    let site = try installation(exim, scheme)
    try await expectRefusal(by: site, exim, because: "subject name matches target host name 'localhost'")
  }

  private func expectRefusal(by site: Installation, _ exim: EximServer, because reason: String) async throws {
    let test = try await site.run("test")
    #expect(test.status == 1)
    #expect(test.output.hasPrefix("mail: failed: tls: no secure connection to localhost port "), "\(test)")
    #expect(test.output.contains(reason), "\(test)")
    #expect(test.output.contains("by an authority that the system or `ca` trusts"), "says what to do: \(test)")
    let run = try await site.run("run", "--once")
    #expect(run.status == 1)
    #expect(run.output.contains("retry mail critical own/disk"), "\(run)")
    #expect(try await site.audit().map(\.outcome) == ["tls", "tls"])
    #expect(try exim.acceptedCount == 0)
    #expect(try !exim.log.contains("authenticat"))
  }

  private func installation(
    _ exim: EximServer,
    _ scheme: String,
    password: String = EximServer.password,
    authority: URL? = nil,
    to recipients: [String] = ["Wächter <ops@example.com>"]
  ) throws -> Installation {
    let site = try Installation(
      """
      {
        "version": 1,
        "channels": {
          "mail": {
            "kind": "smtp", "server": "\(scheme)://localhost:\(scheme == "smtps" ? exim.tlsPort : exim.plainPort)",
            "username": "\(EximServer.user)", "password": "${SMTP_PASSWORD}", "ca": "\((authority ?? exim.authority).path)",
            "from": "Belfry <belfry@example.com>", "to": \(recipients)
          }
        },
        "routes": [{ "to": "mail" }],
        "sources": { "own": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """,
      environment: ["SMTP_PASSWORD": password]
    )
    try site.write(
      #"[{"id": "disk", "severity": "critical", "title": "\#(Self.title)", "detail": "Größe: 100 %\n.\nEin Punkt allein"}]"#,
      to: "alerts.json"
    )
    return site
  }
}
