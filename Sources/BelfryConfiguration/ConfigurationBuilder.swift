// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Builds the configuration from the parsed file.
struct ConfigurationBuilder {
  let file: ConfigurationFile
  let root: JSONNode
  let channels: NamedChannels
  let sources: [ConfiguredSource]

  func build(_ report: inout Report) -> Configuration {
    ConfigurationChecks(self).check(&report)
    return Configuration(
      channels: channels.read,
      rules: rules(report),
      sources: sources,
      interval: file.interval.duration,
      state: file.state ?? .file(report.folder + "/var/belfry.db"),
      keep: file.keep.value.duration,
      audit: AuditPlace(
        path: file.audit?.path?.text ?? report.folder + "/var/audit.jsonl",
        rotation: file.audit?.rotate?.rotation
      ),
      product: file.product,
      cockpit: file.cockpit.text,
      showsWhy: file.why,
      pulse: file.pulse,
      server: file.server,
      inputs: file.inputs.entries,
      wake: file.wake,
      tracing: file.tracing,
      deployment: file.deployment,
      folder: report.folder,
      notes: RuleNotes(root),
      prints: ConfigurationFingerprints(root)
    )
  }

  private func rules(_ report: Report) -> PolicyRules {
    PolicyRules(
      table: RoutingTable(file.routes.nodes.enumerated().map { route($1, at: $0, report) }),
      mode: file.mode ?? .immediate,
      modeRule: rule("mode", at: root["mode"]?.offset, report),
      cooldown: globalCooldown(report),
      burst: file.burst.map { burst($0, path: "burst", report) },
      digests: file.digests.entries.map { digest in
        DigestRule(
          name: digest.name,
          schedule: digest.schedule,
          to: digest.to.map(\.value),
          order: digest.by,
          rule: rule("digests.\(digest.name)", at: digest.offset, report)
        )
      },
      unrouted: file.unrouted.map { _ in rule("unrouted", at: root["unrouted"]?.offset, report) },
      inhibitions: file.inhibit.enumerated().map { inhibition($1, path: "inhibit[\($0)]", report) },
      flapping: file.flapping.map {
        FlappingRule(over: $0.over.value, within: $0.within.duration, rule: rule("flapping", at: $0.offset, report))
      },
      expectations: expectations(report),
      channelQuiet: channels.read.compactMapValues { channel in
        let path = "channels.\(channel.name)"
        return quiet(channel.common.quiet, "\(path).quiet", only: channel.common.only, "\(path).only", report)
      },
      channelCaps: channels.read.compactMapValues { channel in
        channel.common.cap.map { $0.rule(rule("channels.\(channel.name).cap", at: $0.offset, report)) }
      },
      severities: report.severities
    )
  }

  private func route(_ node: RouteTree.Node, at index: Int, _ report: Report) -> Route {
    let settings = node.settings
    let chain = node.chain.map(\.text).joined(separator: " / ")
    func path(_ key: String) -> String { "\(node.origin(of: key).path).\(key)" }
    return Route(
      index: index,
      parent: node.parent,
      end: node.end,
      path: node.path,
      name: settings.name.oneLine,
      matcher: settings.match,
      to: settings.to.map(\.value),
      continues: settings.continues,
      cooldown: settings.cooldown.map { cooldown($0, path: path("cooldown"), report) },
      burst: settings.burst.map { burst($0, path: path("burst"), report) },
      digest: settings.digest?.value,
      drops: settings.drops,
      resolved: settings.resolved ?? false,
      resolvedOn: Dictionary(
        settings.destinations.compactMap { one in one.resolved.map { (one.channel.value, $0) } }
      ) { first, _ in first },
      group: settings.group.map { group($0, path: path("group"), report) },
      quiet: quiet(settings.quiet, path("quiet"), only: settings.only, path("only"), report),
      cap: settings.cap.map { $0.rule(rule(path("cap"), at: $0.offset, report)) },
      reminder: settings.reminder.map {
        ReminderRule(every: $0.duration, rule: rule(path("repeat"), at: node.origin(of: "repeat").offset, report))
      },
      escalations: escalations(settings.escalate ?? [], path: path("escalate"), report),
      template: settings.template,
      note: settings.note,
      rule: rule(node.path, at: settings.offset, report),
      identity: StableHash.hex(of: "\(chain) → \(settings.to.map(\.value.name).joined(separator: " "))")
    )
  }

  /// The top-level cooldown, which is on unless the file turns it off.
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
    BurstRule(
      over: settings.over.value,
      to: settings.to.map(\.value),
      within: settings.within?.duration,
      except: settings.except,
      rule: rule(path, at: settings.offset, report)
    )
  }

  private func group(_ settings: GroupSettings, path: String, _ report: Report) -> GroupRule {
    GroupRule(
      by: settings.by,
      wait: settings.wait,
      every: settings.every.duration,
      rule: rule(path, at: settings.offset, report)
    )
  }

  private func quiet(
    _ quiet: HoursSettings?,
    _ quietPath: String,
    only: HoursSettings?,
    _ onlyPath: String,
    _ report: Report
  ) -> QuietRule? {
    let clauses = (quiet?.entries ?? []).enumerated().map { index, entry in
      QuietRule.Clause(
        kind: .quiet,
        text: file.times.text(of: entry),
        spans: file.times.spans(of: entry),
        except: entry.except,
        rule: rule(quiet?.isList == true ? "\(quietPath)[\(index)]" : quietPath, at: entry.offset, report)
      )
    }
    let active = only.map { only in
      QuietRule.Clause(
        kind: .only,
        text: only.entries.map(file.times.text).joined(separator: ", "),
        spans: only.entries.flatMap(file.times.spans),
        except: only.except,
        rule: rule(onlyPath, at: only.offset, report)
      )
    }
    return QuietRule(clauses + [active].compactMap(\.self))
  }

  private func escalations(_ settings: [EscalationSettings], path: String, _ report: Report) -> [EscalationRule] {
    settings.enumerated().map { index, step in
      EscalationRule(
        after: step.after.duration,
        to: step.to.map(\.value),
        rule: rule("\(path)[\(index)]", at: step.offset, report)
      )
    }.sorted { $0.after < $1.after }
  }

  private func inhibition(_ settings: InhibitionSettings, path: String, _ report: Report) -> InhibitionRule {
    let equal = settings.equal.map(\.name).joined(separator: " ")
    return InhibitionRule(
      when: settings.when,
      mute: settings.mute,
      equal: settings.equal,
      rule: rule(path, at: settings.offset, report),
      identity: StableHash.hex(of: "\(settings.when.text) → \(settings.mute.text) = \(equal)")
    )
  }

  private func expectations(_ report: Report) -> [ExactText: ExpectationRule] {
    var rules: [ExactText: ExpectationRule] = [:]
    for (index, settings) in file.expect.enumerated() {
      rules[settings.id] = ExpectationRule(
        id: settings.id,
        every: settings.every.duration,
        severity: settings.severity.severity,
        rule: rule("expect[\(index)]", at: settings.offset, report)
      )
    }
    return rules
  }

  private func rule(_ path: String, at offset: Int?, _ report: Report) -> Rule {
    Rule(path: path, line: offset.map(report.line) ?? 0)
  }
}
