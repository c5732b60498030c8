// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// A ledger in which bytes of the file or its WAL changed, at random places.
@Suite("A ledger with flipped bytes", .systemTest, .endsIfItHangs)
struct HostileDamageTests {
  /// Every command ends, and every delivery whose row and message an independent reader still reads unchanged is made.
  @Test("lets every command end, and makes every delivery that is still readable", arguments: 0..<20)
  func file(seed: Int) async throws {
    try await check(seed: seed, in: "belfry.db")
  }

  @Test("does the same for the WAL left by a killed notifier", arguments: 100..<105)
  func log(seed: Int) async throws {
    try await check(seed: seed, in: "belfry.db-wal")
  }

  private func check(seed: Int, in file: String) async throws {
    let folder = try await pending()
    let intact = try await Tool.output(["python3", "damage.py", file, String(seed)], in: folder.url)
    let expected = Set(intact.split(separator: "\n").map(String.init))
    // Each is killed and fails the test if it does not end.
    let before = try await folder.run("status")
    let run = try await folder.run("run", "--once")
    let status = try await folder.run("status")
    let why = try await folder.run("why", "a7")
    let verify = try await folder.run("audit", "verify")
    for result in [before, run, status, why, verify] {
      #expect([0, 1].contains(result.status), "\(result)")
      #expect(!result.output.isEmpty)
    }
    if file.hasSuffix("-wal") { #expect(expected.count > 100, "a damaged WAL leaves the file itself whole") }
    let delivered = Set(Notices(lines: folder.bytes(of: "out.jsonl")).alerts)
    let missing = expected.subtracting(delivered)
    #expect(missing.isEmpty, "seed \(seed) in \(file): \(missing.sorted()) of \(expected.count)\n\(run)\n\(status)")
    if !expected.isEmpty, delivered.count < 120 {
      #expect(status.status == 1 || verify.status == 1, "what is lost is stated: \(status)\n\(verify)")
    }
  }

  /// A folder in which 120 deliveries are due, because a folder was in place of the channel's file.
  private func pending() async throws -> BelfryFolder {
    let detail = String(repeating: "d", count: 600)
    let alerts = (0..<120).map {
      #"{ "id": "a\#($0)", "severity": "warning", "title": "Alert a\#($0).", "detail": "\#(detail)" }"#
    }
    let folder = try BelfryFolder([
      "alerts.json": "[" + alerts.joined(separator: ",\n") + "]",
      "out.jsonl/placeholder": "",
      "damage.py": HostileDamageTests.script,
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out" }],
        "cooldown": "0s",
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } }
      }
      """,
    ])
    #expect(try await folder.run("run", "--once").status == 1)
    try FileManager.default.removeItem(at: folder.url.appending(path: "out.jsonl"))
    return folder
  }

  /// Makes the deliveries due, flips 1 to 40 bytes, and prints the alerts of those deliveries whose row and message are
  /// unchanged, found by reading the table from both ends.
  private static let script = #"""
    import os, random, re, shutil, sqlite3, sys

    name, seed = sys.argv[1], int(sys.argv[2])
    path = "var/belfry.db"

    def connect(path):
        db = sqlite3.connect(path)
        db.text_factory = bytes
        return db

    def walk(db, sql):
        rows = {}
        for order in ("ASC", "DESC"):
            try:
                for row in db.execute(sql + order):
                    rows[row[0]] = row
            # A damaged schema is quoted in the message, which then is no text.
            except (sqlite3.Error, UnicodeDecodeError):
                pass
        return rows

    def deliveries(db):
        return walk(db, "SELECT * FROM deliveries NOT INDEXED ORDER BY id ")

    def body(db, id):
        try:
            return db.execute("SELECT body FROM bodies WHERE delivery = ?", (id.decode(),)).fetchone()
        except (sqlite3.Error, UnicodeDecodeError):
            return None

    db = connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("DELETE FROM circuits")
    db.execute("UPDATE deliveries SET visible_at = created_at WHERE status = 0")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = deliveries(db)
    bodies = {id: body(db, id) for id in before}
    if name.endswith("-wal"):
        # Twelve commits, after each of which all are due.
        for rest in range(12):
            for id in list(before)[rest::12]:
                db.execute("UPDATE deliveries SET visible_at = visible_at - 1 WHERE id = ?", (id.decode(),))
            db.commit()
    later = deliveries(db)
    if name.endswith("-wal"):
        # The last connection that closes the file removes the WAL: what a killed process leaves is copied before.
        os.mkdir("left")
        shutil.copy(path, "left/belfry.db")
        shutil.copy(path + "-wal", "left/belfry.db-wal")
        db.close()
        shutil.copy("left/belfry.db", path)
        shutil.copy("left/belfry.db-wal", path + "-wal")
    else:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    generator = random.Random(seed)
    with open("var/" + name, "r+b") as file:
        size = os.path.getsize("var/" + name)
        for _ in range(generator.randint(1, 40)):
            place = generator.randrange(size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ generator.randint(1, 255)]))
    # Read in a copy: a reader may change the file, too.
    shutil.copytree("var", "read")
    try:
        db = connect("read/belfry.db")
        after = deliveries(db)
        # After a damaged frame SQLite drops the rest of a WAL: the row is as it was before.
        due = [id for id in before if after.get(id) in (before[id], later[id]) and before[id][3] == 0]
        for id in due:
            if body(db, id) == bodies[id]:
                found = re.search(rb"Alert (a[0-9]+)\.", bodies[id][0])
                if found:
                    print(found.group(1).decode())
    except sqlite3.Error:
        pass
    """#
}
