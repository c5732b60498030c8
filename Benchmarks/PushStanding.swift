// SPDX-License-Identifier: Apache-2.0
internal import Foundation

// The cost of very many active alerts: memory, processor time when idle, a start, and listing them.
extension BelfryBench {
  private static let active = 100_000

  static func measureStanding(of kinds: [Contender.Kind], in folder: String) throws {
    let idle = ProcessInfo.processInfo.environment["BELFRY_BENCH_IDLE"].flatMap(Int.init) ?? 60
    let empty = try alternate(kinds) { kind, round in
      try Contender(kind, in: "\(folder)/empty-\(kind)-\(round)", sink: nil).startUp * 1_000
    }
    report("start to ready, empty", empty, "ms")
    var contenders: [Contender.Kind: Contender] = [:]
    let sink = try Sink(.http)
    defer { sink.stop() }
    for kind in kinds {
      let before = sink.count
      let contender = try Contender(kind, in: "\(folder)/standing-\(kind)", sink: sink.port)
      contenders[kind] = contender
      let start = ContinuousClock.now
      _ = try contender.client.make(PushSamples.requests(0..<active, batch: 1_000), over: 4)
      while sink.count < before + active, ContinuousClock.now - start < .seconds(300) { usleep(50_000) }
      row("\(active) pushed and delivered: \(kind.rawValue)", (ContinuousClock.now - start).inSeconds, "s")
    }
    report("memory, \(active) active and delivered", contenders.mapValues(\.memory.now), "MB")
    report("most memory until then", contenders.mapValues(\.memory.most), "MB")
    // Work after the last delivery is not part of the measurement.
    sleep(5)
    let before = contenders.mapValues(\.cpu)
    sleep(UInt32(idle))
    let used = contenders.mapValues(\.cpu).merging(before) { $0 - $1 }
    report("processor, \(active) active, idle for \(idle) s", used.mapValues { $0 / Double(idle) * 100 }, "%")
    report("memory after that", contenders.mapValues(\.memory.now), "MB")
    list(contenders)
    guard let belfry = contenders.removeValue(forKey: .belfry) else { return }
    belfry.stop()
    let full = try alternate([.belfry]) { kind, _ in
      try Contender(kind, in: "\(folder)/standing-\(kind)", sink: sink.port).startUp * 1_000
    }
    report("start to ready, \(active) active", full, "ms")
    if let full = full[.belfry], let empty = empty[.belfry] {
      row("start to ready, \(active) to empty", full / empty, "×")
    }
  }

  private static func list(_ contenders: [Contender.Kind: Contender]) {
    var whole: [Contender.Kind: Double] = [:]
    for (kind, contender) in contenders {
      let start = ContinuousClock.now
      let answer = contender.client.get("/api/v2/alerts")
      whole[kind] = (ContinuousClock.now - start).inSeconds
      row("the list of all: \(kind.rawValue)", Double(answer?.bytes ?? 0) / 1_000_000, "MB")
    }
    report("the list of all", whole, "s")
    report("most memory after it", contenders.mapValues(\.memory.most), "MB")
    guard let belfry = contenders[.belfry] else { return }
    let start = ContinuousClock.now
    _ = belfry.client.get("/cockpit/now")
    let page = (ContinuousClock.now - start).inSeconds
    row("a page of them, in the cockpit: Belfry", page, "s")
    if let theirs = whole[.alertmanager] { row("a page of ours to the list of all: ratio", page / theirs, "×") }
  }
}
