// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A program that receives pushed alerts, in its own process.
final class Contender {
  enum Kind: String {
    case belfry = "Belfry"
    case alertmanager = "Alertmanager"

    /// Its path; nil if it is not installed.
    var program: String? {
      let places =
        self == .belfry
        ? [FileManager.default.currentDirectoryPath + "/" + BelfryBench.binary]
        : ["/usr/bin/prometheus-alertmanager", "/usr/bin/alertmanager", "/usr/local/bin/alertmanager"]
      return places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
  }

  struct Failure: Error { let what: String }

  let kind: Kind
  let client: PushClient
  /// Seconds from its start until it reported that it is ready.
  let startUp: Double
  private let process = Process()

  /// Starts one in `folder` and waits until it is ready.
  ///
  /// It sends each alert separately to a webhook on port `sink`, or sends nothing for nil.
  init(_ kind: Kind, in folder: String, sink: Int?) throws {
    guard let program = kind.program else { throw Failure(what: "there is no \(kind.rawValue)") }
    self.kind = kind
    let port = try PushClient.freePort()
    client = PushClient(port: port)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = folder + (kind == .belfry ? "/channels.json" : "/alertmanager.yml")
    try (kind == .belfry ? Contender.channels(port, sink) : Contender.routes(sink)).write(
      toFile: file,
      atomically: true,
      encoding: .utf8
    )
    process.executableURL = URL(filePath: program)
    process.arguments =
      kind == .belfry
      ? ["run"]
      : [
        "--config.file=\(file)", "--storage.path=\(folder)/data", "--web.listen-address=127.0.0.1:\(port)",
        "--cluster.listen-address=", "--log.level=error",
      ]
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let start = ContinuousClock.now
    try process.run()
    while client.get("/-/ready")?.status != 200 {
      guard process.isRunning, ContinuousClock.now - start < .seconds(60) else {
        throw Failure(what: "\(kind.rawValue) does not start")
      }
      usleep(1_000)
    }
    startUp = (ContinuousClock.now - start).inSeconds
  }

  deinit { stop() }

  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  /// Current and peak resident memory in MB; 0 if the system has no file with it.
  var memory: (now: Double, most: Double) {
    func megabytes(_ name: String, _ text: String) -> Double {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) / 1_024
    }
    let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
    return (megabytes("VmRSS:", text), megabytes("VmHWM:", text))
  }

  /// Processor time so far, in seconds; 0 if the system has no file with it.
  var cpu: Double {
    let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
    // The name in brackets may contain spaces; the times are fields 14 and 15, see proc(5).
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
  }

  private static func channels(_ port: Int, _ sink: Int?) -> String {
    """
    { "channels": { "out": \(BelfryBench.webhook(sink ?? 9, concurrency: 32)) },
      "routes": [{ \(sink == nil ? #""match": { "severity": "critical" }, "# : "")"to": "out" }],
      "unrouted": "drop", "cooldown": 0, "server": { "listen": "127.0.0.1:\(port)", "resolve_timeout": "24h" } }
    """
  }

  private static func routes(_ sink: Int?) -> String {
    """
    global: { resolve_timeout: 24h }
    route: { receiver: out, group_by: ["..."], group_wait: 0s, group_interval: 5m, repeat_interval: 24h }
    receivers:
      - name: out
    \(sink.map { "    webhook_configs: [{ url: \"http://127.0.0.1:\($0)/\", send_resolved: false }]" } ?? "")
    """
  }
}
