// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Testing

/// A `belfry run` that receives pushes.
struct PushServer {
  let folder: BelfryFolder
  let belfry: BelfryProcess
  let port: Int

  /// Starts one with these `server` settings beside its address; pushed alerts are written to a file.
  init(_ settings: String = "") async throws {
    folder = try BelfryFolder([
      "channels.json": """
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out" }], "cooldown": 0,
        "server": { "listen": "127.0.0.1:0"\(settings.isEmpty ? "" : ", " + settings) } }
      """
    ])
    belfry = try folder.start("run")
    port = try await PushServer.port(of: belfry)
  }

  /// The port it listens on, once it does.
  static func port(of belfry: BelfryProcess) async throws -> Int {
    let line = try await belfry.line(containing: "server: listening on")
    guard let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
      throw BelfryProcess.Failure(description: "no port in: \(line)")
    }
    return port
  }

  /// The request that pushes these alerts.
  static func push(_ ids: [String]) -> String {
    let body = "[" + ids.map { #"{"id": "\#($0)", "title": "Alert \#($0)."}"# }.joined(separator: ",") + "]"
    return "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// Pushes one alert on a new connection.
  ///
  /// - Returns: the status, and the duration.
  func push(_ id: String) async throws -> (status: Int?, time: Duration) {
    let start = ContinuousClock.now
    let status = try await HeldConnection(port: port).ask(PushServer.push([id]))?.status
    return (status, ContinuousClock.now - start)
  }

  /// Pushes this many alerts, `a0` and so on, and waits until their rows are in the audit log.
  func pushAudited(_ count: Int) async throws {
    for index in 0..<count { #expect(try await push("a\(index)").status == 200) }
    try await eventually("all rows are in the audit log") {
      folder.bytes(of: "var/audit.jsonl").count { $0 == UInt8(ascii: "\n") } >= count
    }
  }

  /// The number of active alerts that it lists.
  func active() async throws -> Int {
    let text = try await Tool.output(["curl", "-sf", "http://127.0.0.1:\(port)/api/v2/alerts"], in: folder.url)
    let list = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any]
    return list?.count ?? -1
  }

  /// Its resident memory, in MB.
  func memory() async throws -> Double {
    let text = try await Tool.output(["ps", "-o", "rss=", "-p", "\(belfry.identifier)"], in: folder.url)
    return (Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) / 1024
  }

  /// Stops it.
  ///
  /// - Returns: the exit status.
  func stop() async throws -> Int32 {
    belfry.terminate()
    return try await belfry.exit()
  }
}
