// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// What somebody does to the audit log or to the rows of the ledger, while Belfry runs or beside it.
@Suite("An audit log and a ledger that somebody changed", .systemTest, .endsIfItHangs)
struct HostileAuditTests {
  private static let count = 12

  /// A notifier that sent a message about each of some alerts.
  private func served() async throws -> PushServer {
    let server = try await PushServer()
    try await server.pushAudited(Self.count)
    return server
  }

  /// What is done to a sound log and ledger.
  enum Forgery: String, CaseIterable, Sendable {
    /// A row in the middle is taken out; the chain, the note and the row that the ledger knows are made to fit.
    case rowRemoved = "row"
    /// A delivery is taken out of the ledger.
    case deliveryRemoved = "delivery"
  }

  @Test(
    "verify names the delivery of a row that was taken out, or of one that the ledger lost",
    arguments: Forgery.allCases
  )
  func forged(forgery: Forgery) async throws {
    let server = try await served()
    let folder = server.folder
    #expect(try await server.stop() == 0)
    let sound = try await folder.run("audit", "verify")
    #expect(sound.status == 0 && sound.output.contains("12 settled attempts in the ledger, none without its row"))
    try folder.write(Self.script, to: "forge.py")
    let delivery = try await Tool.output(["python3", "forge.py", forgery.rawValue], in: folder.url)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let verify = try await folder.run("audit", "verify")
    #expect(verify.status == 1, "\(verify)")
    #expect(!verify.output.contains("or the row before it was changed"), "the chain itself is sound: \(verify)")
    let expected =
      switch forgery {
      case .rowRemoved: "1 settled attempt without a row; the first: delivery \(delivery), attempt 1, 20"
      case .deliveryRemoved: "1 row that the ledger knows nothing of; the first: delivery \(delivery), attempt 1, 20"
      }
    #expect(verify.output.contains(expected), "\(verify)")
  }

  @Test("a log that is deleted while Belfry runs is an alert, and status ends with 1 until the next start")
  func deleted() async throws {
    let server = try await served()
    let folder = server.folder
    #expect(try await folder.run("status").status == 0)
    try FileManager.default.removeItem(at: folder.url.appending(path: "var/audit.jsonl"))
    try await eventually("people are notified") {
      String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("audit_log_damaged")
    }
    let status = try await folder.run("status")
    #expect(status.status == 1, "\(status)")
    #expect(status.output.contains("AUDIT LOG: ") && status.output.contains("was deleted, replaced or cut off"))
    let json = try await folder.run("status", "--json")
    #expect(json.status == 1 && json.answer.contains(#""audit_trouble":""#), "\(json)")
    #expect(try await server.stop() == 0)

    let again = try folder.start("run")
    _ = try await PushServer.port(of: again)
    try await eventually("status is content") { try await folder.run("status").status == 0 }
    again.terminate()
    #expect(try await again.exit() == 0)
  }

  @Test("a damaged silence silences nothing, is named by status, and refuses no push")
  func damagedSilence() async throws {
    let server = try await PushServer()
    let folder = server.folder
    #expect(try await folder.run("silence", "add", "--source", "push", "--for", "1h", "--comment", "x").status == 0)
    #expect(try await server.stop() == 0)
    let damage =
      "import sqlite3; d = sqlite3.connect('var/belfry.db'); d.execute(\"UPDATE silences SET body = '?'\"); d.commit()"
    try await Tool.output(["python3", "-c", damage], in: folder.url)

    let belfry = try folder.start("run")
    let port = try await PushServer.port(of: belfry)
    let answer = try await HeldConnection(port: port).ask(PushServer.push(["a"]))
    #expect(answer?.status == 200)
    try await eventually("the alert is sent") {
      String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("Alert a.")
    }
    try await eventually("people are notified of the damage") {
      String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("ledger_damaged")
    }
    let status = try await folder.run("status")
    #expect(status.status == 1 && status.output.contains("DAMAGED: silence "), "\(status)")
    #expect(try await folder.run("silence", "list").status == 0)
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }

  /// Forges, and prints the delivery that it is about.
  private static let script = #"""
    import hashlib, json, re, sqlite3, sys

    db = sqlite3.connect("var/belfry.db")
    path = "var/audit.jsonl"
    rows = open(path).read().splitlines()
    chain = re.compile(r'(,"after":"[0-9a-f]*")?,"number":[0-9]*,"hash":"[0-9a-f]*"}$')
    delivery = json.loads(rows[5])["delivery"]
    print(delivery)
    if sys.argv[1] == "delivery":
        db.execute("DELETE FROM deliveries WHERE id = ?", (delivery,))
        db.commit()
        sys.exit()
    del rows[5]
    last, lines = "0" * 64, []
    for number, row in enumerate(rows, 1):
        after = ',"after":"%s"' % last if number == 1 else ""
        row = chain.sub("", row) + '%s,"number":%d' % (after, number)
        last = hashlib.sha256((last + row).encode()).hexdigest()
        lines.append(row + ',"hash":"%s"}\n' % last)
    open(path, "w").write("".join(lines))
    note = open(path + "-end").read()
    open(path + "-end", "w").write(
        re.sub(r'"number":[0-9]*,"hash":"[0-9a-f]*"', '"number":%d,"hash":"%s"' % (len(rows), last), note))
    db.execute("UPDATE marks SET text = ? WHERE name = 'audit.end'", ("%d:%s" % (len(rows), last),))
    db.commit()
    """#
}
