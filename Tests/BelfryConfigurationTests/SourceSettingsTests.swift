// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import Testing

@Suite("Sources in the file")
struct SourceSettingsTests {
  /// The findings in a file with one source, which is named `it` and is on the second line.
  private func findings(_ source: String) -> [String] {
    do {
      _ = try Configuration.reading(
        "{\"routes\": [{\"to\": [\"pager\", \"mail\", \"journal\"]}], \"sources\": {\n\"it\": \(source)}}"
      )
      return []
    } catch let error as Unreadable {
      return error.findings.filter { $0.level == .error }.map { "\($0.line) \($0.path): \($0.message) \($0.remedy)" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test("an unknown kind is an error that suggests the closest one")
  func kinds() {
    #expect(findings(#"{"kind": "alertmanger"}"#).first?.contains("Did you mean \"alertmanager\"?") == true)
  }

  @Test(
    "an Alertmanager or Prometheus has one complete login, and not in clear",
    arguments: ["alertmanager", "prometheus"],
    [
      (#""token": "${A:-x}", "username": "u", "password": "${B:-x}""#, "it.token: `token` and `password`"),
      (#""password": "${B:-x}""#, "it.password: `username` is missing. Add `username`."),
      (#""username": "u""#, "it.username: `password` is missing."),
      (#""username": "a:b", "password": "${B:-x}""#, "it.username: a user name must not contain a colon."),
      (#""filter": "x""#, "it.filter: unknown key."), (#""severity": 1"#, "expected a string"),
    ]
  )
  func server(kind: String, login: (settings: String, message: String)) {
    let (settings, message) = login
    let found = findings("{\"kind\": \"\(kind)\", \"url\": \"https://am.example.com\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }

  @Test(
    "a login does not cross the network in clear, but may stay on this machine",
    arguments: ["alertmanager", "prometheus"]
  )
  func clear(kind: String) {
    let login = #""token": "${A:-x}""#
    #expect(findings("{\"kind\": \"\(kind)\", \"url\": \"http://127.0.0.1:9093\", \(login)}") == [])
    let found = findings("{\"kind\": \"\(kind)\", \"url\": \"http://am.example.com\", \(login)}")
    #expect(found.first?.contains("it.url: the login would be sent unencrypted.") == true)
  }

  @Test(
    "a program is named by its absolute path, and has its limits",
    arguments: [
      (#""command": "alerts""#, "it.command: \"alerts\" is not the absolute path"),
      (#""command": "/bin/alerts --now""#, "it.command: this is not split by a shell."),
      (#""command": ["/bin/alerts", 7]"#, "it.command[1]: expected a string"),
      (#""command": "/bin/alerts", "timeout": "5m""#, "it.timeout: 5m is not a valid timeout."),
      (#""command": "/bin/alerts", "max_output": 12"#, "it.max_output: expected a whole number in"),
      (#""command": "/bin/alerts", "environment": {"A B": "1"}"#, "it.environment.A B: this name is not allowed."),
      (#""every": "1m""#, "it: `command` is missing"),
    ]
  )
  func exec(settings: String, message: String) {
    let found = findings("{\"kind\": \"exec\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }

  @Test(
    "the limits of a machine are reachable, the warning first",
    arguments: [
      (#""disk": {"warning": 101}"#, "it.disk: more than 100 percent is never reached."),
      (#""memory": {"critical": 150}"#, "it.memory: more than 100 percent is never reached."),
      (#""load": {"warning": 400, "critical": 200}"#, "it.load: `critical` is lower than `warning`."),
      (#""disk": {"warning": 0}"#, "it.disk.warning: expected a whole number from 1"),
      (#""disk": 90"#, "it.disk: expected an object"),
      (#""swap": {}"#, "unknown key"),
    ]
  )
  func host(settings: String, message: String) {
    let found = findings("{\"kind\": \"host\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }

  @Test(
    "a probe checks one thing, with limits that fit it, and is degraded before it is unhealthy",
    arguments: [
      (#""every": "1m""#, "it.kind: the probe has no target. Write exactly one of `http`, `tcp` and `tls`."),
      (#""tcp": "a:1", "tls": "a:2""#, "it.tls: a probe has only one target."),
      (#""tcp": "a:1", "status": 200"#, "it.status: this key applies only to `http`."),
      (#""tcp": "a:1", "contains": "ok""#, "it.contains: this key applies only to `http`."),
      (#""tcp": "a""#, "it.tcp: \"a\" has no port"), (#""tcp": "a b:1""#, "it.tcp: \"a b\" is not a host name."),
      (#""tcp": "a:+1""#, "has no port"), (#""tcp": "a:65536""#, "has no port"),
      (#""http": "https://a/b?c""#, "it.http: a query or a fragment is not allowed here."),
      (#""http": "https://a", "degraded": {"days_left": 3}"#, "it.degraded: `days_left` applies only to `tls`."),
      (#""tcp": "a:1", "degraded": {"latency": "10s"}"#, "it.degraded: it is not below `timeout`"),
      (
        #""tcp": "a:1", "degraded": {"latency": "2s"}, "unhealthy": {"latency": "1s"}"#,
        "by `latency`, it is unhealthy before it is degraded"
      ),
      (#""tls": "a:1", "unhealthy": {"days_left": 30}"#, "by `days_left`, it is unhealthy before it is degraded"),
      (#""tls": "a:1", "degraded": {"after": 0}"#, "it.degraded.after: expected a whole number from 1"),
      (#""tls": "a:1", "degraded": {"afer": 1}"#, "it.degraded.afer: unknown key. Did you mean \"after\"?"),
    ]
  )
  func probe(settings: String, message: String) {
    let found = findings("{\"kind\": \"probe\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }

  @Test("a host and port may have an IPv6 address")
  func hostPort() {
    #expect(findings(#"{"kind": "probe", "tcp": "[::1]:5432"}"#) == [])
    #expect(HostPort(host: "::1", port: 5432).text == "[::1]:5432")
  }

  @Test(
    "a rule on the audit log names an event type and a number of rows",
    arguments: [
      (#""over": 3"#, "it: `seam` is missing"), (#""seam": "a""#, "it: `over` is missing"),
      (#""seam": "", "over": 3"#, "it.seam: it is empty."),
      (#""seam": "a", "over": -1"#, "it.over: expected a whole number"),
      (#""seam": "a", "over": 1, "match": {"status": "/(/"}"#, "it.match.status: /(/ is not a regular expression"),
      (#""seam": "a", "over": 1, "match": "failed""#, "it.match: expected an object of names"),
      (#""seam": "a", "over": 1, "within": "0s""#, "it.within: it is shorter than one second."),
    ]
  )
  func auditRule(settings: String, message: String) {
    let found = findings("{\"kind\": \"audit-rule\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }
}
