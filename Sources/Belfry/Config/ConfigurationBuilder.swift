// SPDX-License-Identifier: Apache-2.0

/// Puts together what was read.
struct ConfigurationBuilder {
  let file: ConfigurationFile
  let root: JSONNode
  let channels: NamedChannels
  let sources: [SourceSettings]

  func build(_ report: inout Report) -> Configuration {
    check(&report)
    return Configuration(
      channels: channels.read,
      rules: rules(report),
      sources: sources,
      interval: file.interval.duration,
      state: file.state ?? .file(report.folder + "/var/belfry.db"),
      audit: file.audit?.text ?? report.folder + "/var/audit.jsonl",
      product: file.product,
      cockpit: file.cockpit.text,
      folder: report.folder
    )
  }

  private func rules(_ report: Report) -> PolicyRules {
    PolicyRules(
      table: RoutingTable(file.routes.entries.map { route($0, report) }),
      mode: file.mode ?? .immediate,
      modeRule: rule("mode", at: root["mode"]?.offset, report),
      cooldown: globalCooldown(report),
      burst: file.burst.map { burst($0, path: "burst", report) },
      digests: file.digests.entries.map { digest in
        DigestRule(
          name: digest.name,
          schedule: digest.schedule,
          to: digest.to.map(\.value),
          rule: rule("digests.\(digest.name)", at: digest.offset, report)
        )
      },
      unrouted: file.unrouted.map { _ in rule("unrouted", at: root["unrouted"]?.offset, report) }
    )
  }

  private func route(_ settings: RouteSettings, _ report: Report) -> Route {
    let path = "routes[\(settings.index)]"
    return Route(
      index: settings.index,
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
}
