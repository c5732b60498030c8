// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import Testing

@Suite("Kora's settings")
struct SettingsParityTests {
  @Test("keep their variables, and their defaults if none is set")
  func defaults() throws {
    let (configuration, findings) = try Kora.read([:])
    let read = try #require(configuration)
    #expect(read.interval == .seconds(180))
    #expect(read.rules.cooldown?.window == .seconds(1800))
    #expect(read.rules.cooldown?.by == [.category])
    #expect(read.rules.mode == .immediate)
    #expect(read.rules.burst?.over == 5)
    #expect(read.rules.burst?.to == ["slack_dm"])
    #expect(read.rules.digests.map(\.schedule) == [.every(.seconds(86_400))])
    #expect(read.rules.digests.map(\.to) == [["email"]])
    #expect(read.cockpit == "")
    #expect(read.channels.keys.sorted() == ["email", "slack_dm"])
    #expect(findings.allSatisfy { $0.level == .warning })
  }

  @Test("take effect if set, without a finding")
  func set() throws {
    let environment = Kora.environment.merging([
      "KORA_ALERT_NOTIFY_INTERVAL_SEC": "60", "KORA_ALERT_NOTIFY_CATEGORY_COOLDOWN_SEC": "0",
      "KORA_ALERT_NOTIFY_MODE": "digest", "KORA_ALERT_NOTIFY_BURST_THRESHOLD": "1",
      "KORA_ALERT_NOTIFY_DIGEST_INTERVAL_SEC": "3600",
    ]) { $1 }
    let (configuration, findings) = try Kora.read(environment)
    let read = try #require(configuration)
    #expect(read.interval == .seconds(60))
    #expect(read.rules.cooldown?.window == .zero)
    #expect(read.rules.mode == .digest)
    #expect(read.rules.burst?.over == 1)
    #expect(read.rules.digests.map(\.schedule) == [.every(.seconds(3600))])
    #expect(read.cockpit == "https://cockpit.example.com")
    #expect(findings.isEmpty)
  }

  @Test(
    "if malformed give a warning and use the default, and are never rejected",
    arguments: [
      "KORA_ALERT_NOTIFY_INTERVAL_SEC", "KORA_ALERT_NOTIFY_CATEGORY_COOLDOWN_SEC", "KORA_ALERT_NOTIFY_MODE",
      "KORA_ALERT_NOTIFY_BURST_THRESHOLD", "KORA_ALERT_NOTIFY_DIGEST_INTERVAL_SEC", "KORA_COCKPIT_URL",
      "KORA_EMAIL_JOSHUA_ADDRESS", "KORA_EMAIL_KORA_ADDRESS", "KORA_SLACK_JOSHUA_USER_ID",
    ],
    ["soon", "-5", "1.5", "99999999999999999999"]
  )
  func malformed(variable: String, value: String) throws {
    let (configuration, findings) = try Kora.read(Kora.environment.merging([variable: value]) { $1 })
    let read = try #require(configuration)
    #expect(findings.count { $0.level == .warning && $0.message.contains(variable) } == 1)
    #expect(findings.count == 1)
    #expect(read.interval == .seconds(180))
    #expect(read.rules.cooldown?.window == .seconds(1800))
    #expect(read.rules.mode == .immediate)
    #expect(read.rules.burst?.over == 5)
    #expect(read.rules.digests.map(\.schedule) == [.every(.seconds(86_400))])
  }

  @Test(
    "below their minimum give a warning and use the default",
    arguments: [
      "KORA_ALERT_NOTIFY_INTERVAL_SEC", "KORA_ALERT_NOTIFY_BURST_THRESHOLD", "KORA_ALERT_NOTIFY_DIGEST_INTERVAL_SEC",
    ]
  )
  func zero(variable: String) throws {
    let (configuration, findings) = try Kora.read(Kora.environment.merging([variable: "0"]) { $1 })
    #expect(configuration?.interval == .seconds(180))
    #expect(configuration?.rules.burst?.over == 5)
    #expect(findings.map(\.level) == [.warning])
  }

  @Test("name the deployment by its variable, which is not production without it")
  func deployment() throws {
    #expect(try Kora.read(Kora.environment).configuration?.deployment == "dev")
    let named = Kora.environment.merging(["KORA_DEPLOY_ENV": "prd"]) { $1 }
    #expect(try Kora.read(named).configuration?.deployment == "prd")
  }
}
