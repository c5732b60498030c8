// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// Puts together what was read, and finds what is wrong only together: names that lead nowhere, routes that cannot be reached.
struct ConfigurationBuilder {
  let file: ConfigurationFile
  let root: JSONNode
  let channels: NamedChannels
  let sources: [SourceSettings]

  func build(_ report: inout Report) -> Configuration {
    let digests = buildDigests(&report)
    let routes = buildRoutes(&report)
    let rules = PolicyRules(
      table: RoutingTable(routes),
      mode: file.mode,
      modeRule: rule("mode", at: root["mode"]?.offset, report),
      cooldown: globalCooldown(report),
      burst: file.burst.map { burst($0, path: "burst", report) },
      digests: digests,
      unrouted: file.unrouted.map { _ in rule("unrouted", at: root["unrouted"]?.offset, report) }
    )
    check(routes, &report)
    checkModeAndNames(&report)
    return Configuration(
      channels: channels.read,
      rules: rules,
      sources: sources,
      interval: file.interval,
      state: file.state == "memory" ? .memory : .file(absolute(file.state, report)),
      audit: absolute(file.audit, report),
      product: file.product,
      cockpit: file.cockpit.hasSuffix("/") ? String(file.cockpit.dropLast()) : file.cockpit,
      folder: report.folder
    )
  }

  private func buildRoutes(_ report: inout Report) -> [Route] {
    file.routes.enumerated().map { index, settings in
      let path = "routes[\(index)]"
      return Route(
        index: index,
        matcher: settings.match,
        to: settings.to.map(\.value),
        continues: settings.continues,
        cooldown: settings.cooldown.map { cooldown($0, path: "\(path).cooldown", report) },
        burst: settings.burst.map { burst($0, path: "\(path).burst", report) },
        digest: settings.digest?.value,
        resolved: settings.resolved,
        note: settings.note,
        rule: rule(path, at: settings.offset, report),
        identity: StableHash.hex(of: settings.match.text + " → " + settings.to.map(\.value.name).joined(separator: " "))
      )
    }
  }

  private func buildDigests(_ report: inout Report) -> [DigestRule] {
    file.digests.entries.map { entry in
      let days = entry.value.days.reduce(into: Set<Weekday>()) { $0.formUnion($1.days) }
      let schedule: Schedule =
        if let at = entry.value.at {
          .at(at, days: days.isEmpty ? Set(Weekday.allCases) : days, zone: entry.value.timezone?.zone ?? .gmt)
        } else {
          .every(entry.value.every ?? .seconds(86_400))
        }
      return DigestRule(
        name: entry.name,
        schedule: schedule,
        to: entry.value.to.map(\.value),
        rule: rule("digests.\(entry.name)", at: entry.offset, report)
      )
    }
  }

  /// The cooldown at the top, which is on unless the file turns it off.
  private func globalCooldown(_ report: Report) -> CooldownRule? {
    guard let settings = file.cooldown else {
      return CooldownRule(window: .seconds(1800), by: [.category], rule: Rule(path: "cooldown", line: 0))
    }
    return cooldown(settings, path: "cooldown", report)
  }

  private func cooldown(_ settings: CooldownSettings, path: String, _ report: Report) -> CooldownRule {
    CooldownRule(window: settings.window, by: settings.by, rule: rule(path, at: settings.offset, report))
  }

  private func burst(_ settings: BurstSettings, path: String, _ report: Report) -> BurstRule {
    BurstRule(over: settings.over.value, to: settings.to.map(\.value), rule: rule(path, at: settings.offset, report))
  }

  private func rule(_ path: String, at offset: Int?, _ report: Report) -> Rule {
    Rule(path: path, line: offset.map { report.source.place(of: $0).line } ?? 0)
  }

  private func absolute(_ path: String, _ report: Report) -> String {
    path.hasPrefix("/") ? path : report.folder + "/" + path
  }
}

// MARK: - What is wrong only together

extension ConfigurationBuilder {
  private func check(_ routes: [Route], _ report: inout Report) {
    for (route, settings) in zip(routes, file.routes) {
      report.within("routes") { report in
        report.within("[\(route.index)]") { report in
          checkNames(settings, &report)
          checkReach(route, after: routes[..<route.index], settings, &report)
        }
      }
    }
    checkCoverage(routes, &report)
  }

  private func checkNames(_ settings: RouteSettings, _ report: inout Report) {
    check(settings.to, under: "to", &report)
    if let burst = settings.burst { report.within("burst") { check(burst.to, under: "to", &$0) } }
    if let source = settings.match.source { report.within("match") { checkSources(source, settings, &$0) } }
    guard let digest = settings.digest else { return }
    let known = file.digests.entries.map(\.name)
    if !known.contains(digest.value) {
      report.within("digest") {
        $0.error(
          "there is no digest \"\(digest.value)\".",
          at: digest.offset,
          remedy: Nearest.remedy(for: digest.value, among: known)
        )
      }
    } else if let named = file.digests.entries.first(where: { $0.name == digest.value }), !settings.to.isEmpty,
      Set(named.value.to.map(\.value)) != Set(settings.to.map(\.value))
    {
      report.within("to") {
        $0.warning(
          "its alerts join the digest \"\(digest.value)\", which goes elsewhere.",
          at: settings.to[0].offset,
          remedy: "Leave \"to\" out, or make it the digest's."
        )
      }
    }
  }

  private func check(_ names: [Located<ChannelName>], under key: String, _ report: inout Report) {
    for name in names where !channels.names.contains(name.value.name) {
      report.within(key) {
        $0.error(
          "there is no channel \"\(name.value)\".",
          at: name.offset,
          remedy: Nearest.remedy(for: name.value.name, among: channels.names)
        )
      }
    }
  }

  private func checkSources(_ patterns: Patterns, _ settings: RouteSettings, _ report: inout Report) {
    let known = (root["sources"]?.members ?? []).map(\.name) + SourceName.builtIn.map(\.name)
    for name in patterns.exact.sorted() where !known.contains(name) {
      report.within("source") {
        $0.warning(
          "there is no source \"\(name)\".",
          at: settings.offset,
          remedy: Nearest.remedy(for: name, among: known)
        )
      }
    }
  }

  private func checkReach(
    _ route: Route,
    after earlier: ArraySlice<Route>,
    _ settings: RouteSettings,
    _ report: inout Report
  ) {
    guard let hiding = earlier.first(where: { !$0.continues && $0.matcher.covers(route.matcher) }) else { return }
    report.error(
      "no alert can reach this route: \(hiding.name) takes all that it matches.",
      at: settings.offset,
      remedy: "Move it above \(hiding.name), or give that one \"continue\": true."
    )
  }

  /// Every severity must surely find a route: one that asks for nothing but the severity, or for nothing at all.
  private func checkCoverage(_ routes: [Route], _ report: inout Report) {
    guard file.unrouted == nil, let node = root["routes"], node.elements?.count == routes.count else { return }
    let sure = routes.map(\.matcher).filter { $0.category == nil && $0.source == nil && $0.labels.isEmpty }
    if sure.contains(where: { $0.severity == nil }) { return }
    let covered = sure.reduce(into: Set<Severity>()) { $0.formUnion($1.severity?.severities ?? []) }
    let open = Severity.known.filter { !covered.contains($0) }.map(\.name) + ["any other word"]
    report.within("routes") {
      $0.error(
        "an alert could find no route: severity \(open.joined(separator: ", ")).",
        at: node.offset,
        remedy: "End the list with a route without \"match\", or say \"unrouted\": \"drop\"."
      )
    }
  }

  private func checkModeAndNames(_ report: inout Report) {
    if file.mode == .digest, file.digests.entries.isEmpty, let node = root["mode"] {
      report.within("mode") {
        $0.error(
          "there is no digest to join.",
          at: node.offset,
          remedy: "Add one under \"digests\", or write \"immediate\"."
        )
      }
    }
    if let burst = file.burst { report.within("burst") { check(burst.to, under: "to", &$0) } }
    for digest in file.digests.entries {
      report.within("digests") { $0.within(digest.name) { check(digest.value.to, under: "to", &$0) } }
    }
    if file.interval < .seconds(1), let node = root["interval"] {
      report.within("interval") {
        $0.error("it is shorter than a second.", at: node.offset, remedy: "Write \"1s\" or more.")
      }
    }
    checkUnused(&report)
  }

  private func checkUnused(_ report: inout Report) {
    var used = Set(file.routes.flatMap { $0.to + ($0.burst?.to ?? []) }.map(\.value.name))
    used.formUnion((file.burst?.to ?? []).map(\.value.name))
    used.formUnion(file.digests.entries.flatMap(\.value.to).map(\.value.name))
    for channel in channels.declared where !used.contains(channel.name) {
      report.within("channels") {
        $0.within(channel.name) {
          $0.warning(
            "nothing is sent to this channel.",
            at: channel.offset,
            remedy: "Name it in a route's \"to\", or remove it."
          )
        }
      }
    }
    let digestsUsed = Set(file.routes.compactMap(\.digest?.value))
    for digest in file.digests.entries where file.mode != .digest && !digestsUsed.contains(digest.name) {
      report.within("digests") {
        $0.within(digest.name) {
          $0.warning(
            "nothing joins this digest.",
            at: digest.offset,
            remedy: "Name it in a route's \"digest\", or remove it."
          )
        }
      }
    }
  }
}
