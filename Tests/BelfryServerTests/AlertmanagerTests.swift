// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("The server as an Alertmanager")
struct AlertmanagerTests {
  private static let two = """
    [{"labels":{"alertname":"Disk","severity":"critical","instance":"db1"},
      "annotations":{"summary":"S","description":"D","runbook_url":"https://r","b":"2"},
      "startsAt":"2027-01-15T07:59:00Z","endsAt":"2027-01-15T08:04:00Z","generatorURL":"http://p/g"},
     {"labels":{"alertname":"Certificate","severity":"warning"}}]
    """

  private func names(_ answer: RawAnswer) -> [String?] {
    (answer.json?.elements ?? []).map { $0["labels"]?["alertname"]?.string }.sorted { ($0 ?? "") < ($1 ?? "") }
  }

  @Test("lists alerts in the form its clients know")
  func list() async throws {
    try await TestServer.run { server in
      #expect(try await server.send("GET", "/api/v2/alerts").body == "[]")
      _ = try await server.send("POST", "/api/v2/alerts", AlertmanagerTests.two)
      let answer = try await server.send("GET", "/api/v2/alerts?filter=alertname%3D%22Disk%22")
      #expect(answer.headers["content-type"] == "application/json")
      let disk = try #require(answer.json?.elements?.first)
      #expect(answer.json?.elements?.count == 1)
      #expect(disk["annotations"]?.members?.map(\.name) == ["b", "description", "runbook_url", "summary"])
      #expect(disk["annotations"]?.members?.map(\.node.string) == ["2", "D", "https://r", "S"])
      #expect(disk["startsAt"]?.string == "2027-01-15T07:59:00Z")
      #expect(disk["endsAt"]?.string == "2027-01-15T08:04:00Z")
      #expect(disk["generatorURL"]?.string == "http://p/g")
      #expect(disk["labels"]?.members?.map(\.name) == ["alertname", "instance", "severity"])
      #expect(disk["receivers"]?.elements?.map { $0["name"]?.string } == ["page"])
      #expect(disk["status"]?["state"]?.string == "active")
      #expect(disk["fingerprint"]?.string?.utf8.count == 16)
    }
  }

  @Test(
    "filters alerts by matchers, receiver and state",
    arguments: [
      ("", ["Certificate", "Disk"]), ("filter=severity%3D%22warning%22", ["Certificate"]),
      ("filter=severity!%3D%22warning%22", ["Disk"]), ("filter=alertname%3D~%22D.*%22&filter=instance%3Ddb1", ["Disk"]),
      ("filter=instance%3D%22%22", ["Certificate"]), ("receiver=pa.e", ["Disk"]), ("receiver=pa", []),
      ("active=false", []),
      ("silenced=false&inhibited=false", ["Certificate", "Disk"]),
    ] as [(String, [String?])]
  )
  func filters(query: String, expected: [String?]) async throws {
    try await TestServer.run { server in
      _ = try await server.send("POST", "/api/v2/alerts", AlertmanagerTests.two)
      #expect(names(try await server.send("GET", "/api/v2/alerts?" + query)) == expected)
    }
  }

  @Test(
    "shows a sent alert as suppressed while a silence or another alert mutes it, and names which"
  )
  func mutedLater() async throws {
    let inhibit = #", "inhibit": {"when": {"category": "Power"}, "mute": {"category": "Host"}, "equal": "rack"}"#
    try await TestServer.run(more: inhibit) { server in
      func status(_ name: String) async throws -> JSONNode {
        let answer = try await server.send("GET", "/api/v2/alerts?filter=alertname%3D\(name)")
        return try #require(answer.json?.elements?.first)
      }
      func push(_ name: String, end: String = "") async throws {
        let body = #"[{"labels":{"alertname":"\#(name)","rack":"r1"}\#(end)}]"#
        #expect(try await server.send("POST", "/api/v2/alerts", body).status == 200)
      }
      try await push("Host")
      #expect(try await server.delivered() == 1)
      #expect(try await status("Host")["status"]?["state"]?.string == "active")
      try await push("Power")
      let power = try #require(try await status("Power")["fingerprint"]?.string)
      var host = try await status("Host")
      #expect(host["status"]?["state"]?.string == "suppressed")
      #expect(host["status"]?["inhibitedBy"]?.elements?.map(\.string) == [power])
      #expect(try await status("Power")["status"]?["inhibitedBy"]?.elements == [])
      #expect(names(try await server.send("GET", "/api/v2/alerts?inhibited=false")) == ["Power"])
      let body = SilenceRequestTests.silence(#"{"name":"alertname","value":"Host"}"#)
      let silence = try #require(try await server.send("POST", "/api/v2/silences", body).json?["silenceID"]?.string)
      host = try await status("Host")
      #expect(host["status"]?["silencedBy"]?.elements?.map(\.string) == [silence])
      let page = try await server.send("GET", "/cockpit/now")
      #expect(page.body.contains("silenced now by \(silence)"), "\(page.body)")
      #expect(page.body.contains("inhibited now by the active alert push/"), "\(page.body)")
      try await push("Power", end: #","endsAt":"2027-01-15T08:00:00Z""#)
      #expect(try await status("Host")["status"]?["inhibitedBy"]?.elements == [])
    }
  }

  @Test("refuses a query that it does not understand")
  func badQueries() async throws {
    try await TestServer.run { server in
      for query in ["filter=nonsense", "active=perhaps", "filter=a%3D~%22(%22", "receiver=("] {
        let answer = try await server.send("GET", "/api/v2/alerts?" + query)
        #expect(answer.status == 400)
        #expect(answer.json?.string != nil)
      }
    }
  }

  @Test("groups alerts by receiver")
  func groups() async throws {
    try await TestServer.run { server in
      _ = try await server.send("POST", "/api/v2/alerts", AlertmanagerTests.two)
      let groups = try #require(try await server.send("GET", "/api/v2/alerts/groups").json?.elements)
      #expect(groups.map { $0["receiver"]?["name"]?.string } == ["journal", "page"])
      #expect(groups.map { $0["labels"]?["alertname"]?.string } == ["Certificate", "Disk"])
      #expect(groups.map { $0["alerts"]?.elements?.count } == [1, 1])
    }
  }

  @Test("lists its receivers and its status")
  func status() async throws {
    try await TestServer.run { server in
      let receivers = try await server.send("GET", "/api/v2/receivers")
      #expect(receivers.body == #"[{"name":"journal"},{"name":"page"}]"#)
      let status = try #require(try await server.send("GET", "/api/v2/status").json)
      #expect(status["cluster"]?["status"]?.string == "disabled")
      #expect(status["versionInfo"]?["version"]?.string == "1.0")
      #expect(status["uptime"]?.string == "2027-01-15T08:00:00Z")
      #expect(status["config"]?["original"]?.string?.contains("'page'") == true)
    }
  }

  @Test("is healthy if it answers, and ready if nothing hangs")
  func health() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("GET", "/-/healthy")
      #expect(answer.status == 200)
      #expect(try await server.send("GET", "/-/ready").status == 200)
      server.time.advance(by: .seconds(91))
      #expect(try await server.send("GET", "/-/healthy").status == 200)
      #expect(try await server.send("GET", "/-/ready").status == 503)
    }
  }

  @Test("answers 404 for unknown paths")
  func notFound() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("GET", "/api/v2/nothing")
      #expect(answer.status == 404)
      #expect(try await server.send("GET", "/api/v1/alerts").status == 404)
      #expect(try await server.send("PUT", "/api/v2/alerts").status == 405)
    }
  }
}
