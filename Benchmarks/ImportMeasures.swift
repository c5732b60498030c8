// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension BelfryBench {
  /// Measures the import of an `alertmanager.yml` with 10,000 routes and as many receivers by the release binary, with its
  /// start and the files that it writes: the median of three times.
  static func measureImport(in folder: String) throws {
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      return print("import of 10,000 routes: there is no \(binary); `make build` makes it")
    }
    let file = URL(filePath: folder).appending(path: "alertmanager.yml")
    try Data(largeAlertmanagerFile(routes: 10_000).utf8).write(to: file)
    var times: [Double] = []
    for index in 0..<3 {
      let process = Process()
      process.executableURL = URL(filePath: binary)
      process.arguments = ["import", "alertmanager", file.path, "--output", "\(folder)/imported-\(index)"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let start = ContinuousClock.now
      try process.run()
      process.waitUntilExit()
      times.append((ContinuousClock.now - start).inSeconds)
    }
    row("belfry import of 10,000 routes and receivers", times.sorted()[1], "s")
  }

  /// A hundred teams with a hundred routes each.
  private static func largeAlertmanagerFile(routes count: Int) -> String {
    var lines = ["route:", "  receiver: r0", "  group_by: [alertname, cluster]", "  routes:"]
    for index in 0..<count {
      let (team, part) = (index / 100, index % 100)
      if part == 0 {
        lines += ["  - receiver: r\(index)", "    matchers: ['team=\"t\(team)\"']", "    routes:"]
      } else {
        lines.append("    - {receiver: r\(index), matchers: ['service=~\"s\(part)-.*\"', 'severity!=\"info\"']}")
      }
    }
    lines.append("receivers:")
    for index in 0..<count {
      lines.append("- {name: r\(index), webhook_configs: [{url: 'https://example.com/\(index)'}]}")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
