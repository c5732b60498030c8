// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryTransport

extension BelfryBench {
  /// Measures the cost of chaining: the same rows appended with and without a chain.
  static func measureAudit(in folder: String) async throws {
    let transport = SystemTransport()
    let rows = Samples.alerts(100_000).map { alert in
      AuditRow(emittedAt: SystemTime().now(), channel: "journal", content: .alert(alert))
    }
    for batch in [1, 64, 2_000] {
      let pieces = stride(from: 0, to: min(rows.count, batch * 1_000), by: batch).map { start in
        var writer = JSONWriter()
        for row in rows[start..<min(start + batch, rows.count)] { row.encode(into: &writer) }
        return writer.bytes
      }
      let count = min(rows.count, batch * 1_000)
      let plain = ConfinedPath(root: folder, relative: "plain-\(batch).jsonl")
      let chained = ConfinedPath(root: folder, relative: "chained-\(batch).jsonl")
      let log = ChainedLog(file: chained, rotation: LogRotation(size: 50_000_000), disk: transport.disk)
      let clock = ContinuousClock()
      let start = clock.now
      for piece in pieces { _ = await transport.send(.append(FileAppend(file: plain, bytes: piece))) }
      let middle = clock.now
      for piece in pieces { _ = await log.keep(piece) }
      let end = clock.now
      row("audit rows in batches of \(batch), unchained", Double(count) / (middle - start).inSeconds, "rows/s")
      row("audit rows in batches of \(batch), chained", Double(count) / (end - middle).inSeconds, "rows/s")
    }
    let clock = ContinuousClock()
    var check: AuditTrail?
    let reading = try await clock.measure { check = try await AuditTrail.read(folder + "/chained-2000.jsonl") }
    row("verifying (\(check?.chain.rows ?? 0) rows)", Double(check?.chain.rows ?? 0) / reading.inSeconds, "rows/s")
    await transport.shutdown()
  }
}
