// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("What the file says of sources")
struct SourceSettingsTests {
  /// What is found in a file with one source, which is called `it`; its line is the second.
  private func findings(_ source: String) -> [String] {
    do {
      _ = try Configuration.reading(
        "{\"routes\": [{\"to\": [\"pager\", \"mail\", \"journal\"]}], \"sources\": {\n\"it\": \(source)}}"
      )
      return []
    } catch let error as Configuration.Unreadable {
      return error.findings.filter { $0.level == .error }.map { "\($0.line) \($0.path): \($0.message) \($0.remedy)" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test("a kind that there is not is an error that names the nearest")
  func kinds() {
    #expect(findings(#"{"kind": "alertmanger"}"#).first?.contains("Did you mean \"alertmanager\"?") == true)
  }

  @Test(
    "an Alertmanager is logged in to in one way, whole, and not in clear",
    arguments: [
      (#""token": "${A:-x}", "username": "u", "password": "${B:-x}""#, "it.token: a token and a password"),
      (#""password": "${B:-x}""#, "it.password: nobody is named who logs in. Add `username`."),
      (#""username": "u""#, "it.username: there is no password to log in with."),
      (#""username": "a:b", "password": "${B:-x}""#, "it.username: a user name holds no colon."),
      (#""filter": "x""#, "it.filter: unknown key."), (#""silenced": "yes""#, "expected true or false"),
    ]
  )
  func alertmanager(settings: String, message: String) {
    let found = findings("{\"kind\": \"alertmanager\", \"url\": \"https://am.example.com\", \(settings)}")
    #expect(found.count == 1 && found[0].hasPrefix("2 sources.") && found[0].contains(message), "\(found)")
  }

  @Test("a login does not cross the network in clear, but may stay on this machine")
  func clear() {
    let login = #""token": "${A:-x}""#
    #expect(findings("{\"kind\": \"alertmanager\", \"url\": \"http://127.0.0.1:9093\", \(login)}") == [])
    let found = findings("{\"kind\": \"alertmanager\", \"url\": \"http://am.example.com\", \(login)}")
    #expect(found.first?.contains("it.url: the login would cross the network in clear.") == true)
  }
}
