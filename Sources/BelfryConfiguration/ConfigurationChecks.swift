// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// The checks across keys: unknown names, unused entries; those of routes are `RouteChecks`.
///
/// The time that they take is in proportion to the file.
struct ConfigurationChecks {
  let file: ConfigurationFile
  let root: JSONNode
  private let channels: NamedChannels
  private let channelNames: KnownNames
  let sourceNames: KnownNames
  let digestNames: KnownNames
  let digests: [String: DigestSettings]

  init(_ builder: ConfigurationBuilder) {
    file = builder.file
    root = builder.root
    channels = builder.channels
    channelNames = KnownNames(channels.declared.map(\.name))
    let named = ["sources", "inputs"].flatMap { builder.root[$0]?.members ?? [] }.map(\.name)
    sourceNames = KnownNames(named + SourceName.builtIn.map(\.name))
    digestNames = KnownNames(file.digests.names)
    digests = Dictionary(file.digests.entries.map { ($0.name, $0) }) { first, _ in first }
  }

  func check(_ report: inout Report) {
    report.within("routes") { RouteChecks(self).check(&$0) }
    if let burst = file.burst { report.within("burst") { check(burst.to, &$0) } }
    for digest in file.digests.entries {
      report.within("digests") { $0.within(digest.name) { check(digest.to, &$0) } }
    }
    if let wake = file.wake { report.within("wake") { check([wake.to], &$0) } }
    checkFallbacks(&report)
    checkMode(&report)
    checkExpectations(&report)
    checkInputs(&report)
    checkUnused(&report)
    TimesChecks(file, channels).check(&report)
    checkKeep(&report)
  }

  /// Warns where `belfry why` would forget an alert before someone asks.
  private func checkKeep(_ report: inout Report) {
    let keep = file.keep.value.duration
    guard keep < .seconds(86_400) else { return }
    report.within("keep") {
      $0.warning(
        "what happened is removed \(keep.text) after an alert ended: `belfry why` and the cockpit forget it.",
        at: file.keep.offset,
        remedy: "Keep at least a day, such as \"keep\": \"90d\"."
      )
    }
  }

  /// Checks that every fallback is a known channel, and that none form a circle: what all of them fail to deliver
  /// becomes a dead letter.
  private func checkFallbacks(_ report: inout Report) {
    let looping = loopingChannels()
    for channel in channels.read.values.sorted(by: { $0.name < $1.name }) {
      guard let fallback = channel.common.fallback else { continue }
      report.within("channels") {
        $0.within(channel.name.name) {
          $0.within("fallback") { checkFallback(fallback, of: channel, looping: looping, &$0) }
        }
      }
    }
  }

  private func checkFallback(
    _ fallback: Located<ChannelName>,
    of channel: ConfiguredChannel,
    looping: Set<ChannelName>,
    _ report: inout Report
  ) {
    guard channelNames.contains(fallback.value.name) else {
      return report.error(
        "there is no channel \"\(fallback.value)\".",
        at: fallback.offset,
        remedy: channelNames.remedy(for: fallback.value.name, besides: channel.name.name)
      )
    }
    guard looping.contains(channel.name) else { return }
    report.error(
      "the fallbacks form a loop: \(loop(from: channel.name)).",
      at: fallback.offset,
      remedy: "Remove the fallback of one of them."
    )
  }

  private func fallback(of channel: ChannelName) -> ChannelName? { channels.read[channel]?.common.fallback?.value }

  /// The channels whose fallbacks lead back to them.
  private func loopingChannels() -> Set<ChannelName> {
    var looping: Set<ChannelName> = []
    var seen: Set<ChannelName> = []
    for start in channels.read.keys {
      var path: [ChannelName] = []
      var next: ChannelName? = start
      while let name = next, seen.insert(name).inserted {
        path.append(name)
        next = fallback(of: name)
      }
      // Where it meets itself, the rest of the path is a loop.
      if let name = next, let index = path.firstIndex(of: name) { looping.formUnion(path[index...]) }
    }
    return looping
  }

  /// The loop that begins and ends with a channel, in words; of a long one the beginning.
  private func loop(from channel: ChannelName) -> String {
    var names = [channel.name]
    var next = fallback(of: channel)
    while let name = next, name != channel, names.count < 8 {
      names.append(name.name)
      next = fallback(of: name)
    }
    return (names + (next == channel ? [] : ["…"]) + [channel.name]).joined(separator: " → ")
  }

  /// Checks the names under a `to`; if `channels` was unreadable, no name is reported as unknown.
  func check(_ names: [Located<ChannelName>], _ report: inout Report) {
    guard root["channels"]?.members != nil else { return }
    for name in names where !channelNames.contains(name.value.name) {
      report.within("to") {
        $0.error(
          "there is no channel \"\(name.value)\".",
          at: name.offset,
          remedy: channelNames.remedy(for: name.value.name)
        )
      }
    }
  }

  private func checkExpectations(_ report: inout Report) {
    var seen: Set<String> = []
    for (index, settings) in file.expect.enumerated() where !seen.insert(settings.id).inserted {
      report.within("expect") {
        $0.within("[\(index)]") {
          $0.error("\"\(settings.id)\" is expected twice.", at: settings.offset, remedy: "Remove one of the two.")
        }
      }
    }
  }

  /// Checks that no input has the name of a source, because alerts of both would have the same ids, and that there is a
  /// server that takes them.
  private func checkInputs(_ report: inout Report) {
    let taken = Set((root["sources"]?.members ?? []).map { ExactText($0.name) })
    report.within("inputs") { report in
      for input in file.inputs.entries where taken.contains(ExactText(input.name)) {
        report.within(input.name) {
          $0.error("a source has the same name.", at: input.offset, remedy: "Use another name for one of them.")
        }
      }
      guard root["server"] == nil, let first = file.inputs.entries.first else { return }
      report.warning(
        "nothing can be posted to them without a server.",
        at: first.offset,
        remedy: "Add \"server\", or remove this key."
      )
    }
  }

  private func checkMode(_ report: inout Report) {
    guard file.mode == .digest, let node = root["mode"], file.digests.isWhole, file.digests.entries.isEmpty else {
      return
    }
    report.within("mode") {
      $0.error(
        "there is no digest.",
        at: node.offset,
        remedy: "Add one under \"digests\", or write \"immediate\"."
      )
    }
  }

  /// Reports unused entries, if everything that could use them was readable.
  private func checkUnused(_ report: inout Report) {
    let isModeRead = (root["mode"] == nil) == (file.mode == nil)
    let isBurstRead = root["burst"] == nil || file.burst?.isWhole == true
    let isWakeRead = root["wake"] == nil || file.wake != nil
    guard file.routes.isWhole, file.digests.isWhole, isModeRead, isBurstRead, isWakeRead, root["routes"] != nil else {
      return
    }
    let uses =
      file.routes.nodes.map(\.own).flatMap { $0.to + ($0.burst?.to ?? []) + ($0.escalate ?? []).flatMap(\.to) }
      + (file.burst?.to ?? [])
      + file.digests.entries.flatMap(\.to) + channels.read.values.compactMap(\.common.fallback)
      + [file.wake?.to].compactMap(\.self)
    let used = Set(uses.map(\.value.name))
    for channel in channels.declared where !used.contains(channel.name) {
      report.within("channels") {
        warnOfUnused(channel.name, at: channel.offset, "nothing is sent to this channel.", "in a route's \"to\"", &$0)
      }
    }
    // A variable may have another value tomorrow.
    guard root["mode"]?.substitution == nil else { return }
    let joined = Set(file.routes.nodes.compactMap(\.own.digest?.value))
    for digest in file.digests.entries where file.mode != .digest && !joined.contains(digest.name) {
      report.within("digests") {
        warnOfUnused(digest.name, at: digest.offset, "nothing joins this digest.", "in a route's \"digest\"", &$0)
      }
    }
  }

  private func warnOfUnused(
    _ name: String,
    at offset: Int,
    _ message: String,
    _ place: String,
    _ report: inout Report
  ) {
    report.within(name) { $0.warning(message, at: offset, remedy: "Use it \(place), or remove it.") }
  }
}
