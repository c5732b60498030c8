// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@testable import BelfryWebhook

@Suite("The webhook channel")
struct WebhookChannelTests {
  private static let keys =
    #"["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD9sTEq1WzF6s="]"#
  private static let plain = ChannelContract(
    WebhookChannel.self,
    settings: #"{ "url": "https://example.com/hook?x=1", "signing_secrets": \#(keys) }"#
  )
  private static let described = ChannelContract(
    WebhookChannel.self,
    settings: #"""
      { "url": "https://events.example.com/${HOOK_PATH}", "method": "PUT",
        "headers": { "Content-Type": "application/vnd.page+json", "X-Team": "ops", "X-Key": "${API_KEY}" },
        "body": { "routing_key": "${ROUTING_KEY}", "dedup_key": "{{key}}", "event_action": "trigger", "n": [1.50, null, true],
          "payload": { "summary": "[{{severity}}] {{ title }}", "severity": "{{severity}}", "count": "{{count}}",
            "cluster": "{{labels.cluster}}", "details": "{{alerts}}", "labels": "{{labels}}", "all": "{{text}}" } } }
      """#,
    environment: ["HOOK_PATH": "t0p-p4th", "API_KEY": "t0p-k3y", "ROUTING_KEY": "t0p-r0uting"]
  )
  private static let alertmanager = ChannelContract(
    WebhookChannel.self,
    settings: #"{ "url": "https://example.com/hook", "format": "alertmanager" }"#
  )
  private static let contracts = ["plain": plain, "described": described, "alertmanager": alertmanager]

  @Test("keeps the channel contract", arguments: ["plain", "described", "alertmanager"])
  func contract(name: String) async throws { try await #require(Self.contracts[name]).verify() }

  @Test(
    "sends the recorded requests",
    arguments: ["plain", "described", "alertmanager"],
    SampleNotices.all.map(\.name)
  )
  func golden(contract: String, name: String) throws {
    let notice = try #require(SampleNotices.all.first { $0.name == name }).notice
    let exchange = try exchange(try #require(Self.contracts[contract]), notice)
    let head = ["\(exchange.method) \(exchange.url)"] + exchange.fields.map { "\($0.name): \($0.value)" }
    let bytes = Array((head.joined(separator: "\n") + "\n\n").utf8) + exchange.body + [UInt8(ascii: "\n")]
    try Golden().check(bytes, as: "\(contract)-\(name).http")
  }

  @Test("keeps its body within the limit and states what it left out, whatever an alert contains")
  func limits() throws {
    for limit in [4_096, 20_000] {
      let settings = #"{ "url": "https://example.com/", "max_body": \#(limit) }"#
      let contract = ChannelContract(WebhookChannel.self, settings: settings)
      for (name, notice) in ContractNotices.all {
        let bytes = try exchange(contract, notice).body
        #expect(bytes.count <= limit, "\(name)")
        let body = try body(bytes)
        let sent = try #require(body["alerts"]?.elements?.count)
        #expect(body["omitted"]?.value == .number("\(notice.alerts.count - sent)"), "\(name)")
        #expect(notice.alerts.isEmpty || sent > 0, "\(name)")
      }
    }
  }

  @Test("waits for the operator if its URL is empty, and blames no recipient")
  func emptyURL() throws {
    let notice = try #require(SampleNotices.all.first).notice
    let error = #expect(throws: Uncomposable.self) {
      try WebhookChannel(name: "hook", settings: WebhookSettings()).compose(notice)
    }
    #expect(error?.rejection == .operator)
  }

  @Test("has the same members in every notice")
  func shape() throws {
    let shapes = try (SampleNotices.all + ContractNotices.all).map { sample in
      // If the server has an address, there are two more, whatever the content.
      let isLinked = sample.notice.acknowledging != nil
      let body = try body(try exchange(Self.plain, sample.notice).body)
      for alert in body["alerts"]?.elements ?? [] {
        #expect(
          alert.members?.map(\.name) == [
            "source", "id", "status", "severity", "category", "title", "detail", "source_panel", "link",
            "first_seen_at",
          ] + (isLinked ? ["acknowledge_url"] : []) + ["flapping", "firings", "labels", "annotations", "links"]
        )
      }
      #expect((body["acknowledge_url"] != nil) == isLinked)
      return body.members?.map(\.name).filter { $0 != "acknowledge_url" }
    }
    #expect(Set(shapes).count == 1)
  }

  @Test("fills the tree, so that a value stays a single value")
  func filling() throws {
    for (name, notice) in ContractNotices.all {
      let exchange = try exchange(Self.described, notice)
      let body = try body(exchange.sealed.body.reveal())
      #expect(body["routing_key"]?.string == "t0p-r0uting", "\(name)")
      #expect(body.members?.map(\.name) == ["routing_key", "dedup_key", "event_action", "n", "payload"], "\(name)")
      #expect(body["payload"]?.members?.count == 7, "\(name)")
      #expect(body["payload"]?["count"]?.value == .number("\(notice.alerts.count)"), "\(name)")
      #expect(body["payload"]?["details"]?.elements != nil, "\(name)")
      #expect(exchange.sealed.url.reveal() == "https://events.example.com/t0p-p4th", "\(name)")
    }
  }

  @Test("inserts a placeholder on its own with its type, and within a text as text")
  func types() throws {
    let alert = Alert(
      source: "app",
      id: "7",
      severity: .critical,
      category: "disk",
      title: "a \"b\" {{count}}",
      labels: ["cluster": "eu", "host": "db-1"],
      annotations: ["runbook_url": "https://wiki/disk", "value": "95"],
      sourceLink: "https://prometheus/graph"
    )
    var other = alert
    other.id = "8"
    other.labels["host"] = "db-2"
    other.annotations["value"] = "96"
    var notice = ContractNotices.plain
    notice.content = .burst([alert, other])
    let settings = #"""
      { "url": "https://example.com/", "body": ["{{count}}", "{{ count }}!", "{{labels}}", "{{labels.host}}",
        "{{labels.cluster}}", "{{key}}", "{{category}}", "{{status}} {{suppressed}}", "}} {", "{{id}}",
        "{{annotations}}", "{{annotations.value}}", "{{links.runbook}}", "{{links.source}}", "{{links.dashboard}}"] }
      """#
    let contract = ChannelContract(WebhookChannel.self, settings: settings)
    func filled() throws -> String { String(decoding: try exchange(contract, notice).body, as: UTF8.self) }
    let delivery = notice.delivery.text
    #expect(
      try filled() == #"[2,"2!",{"cluster":"eu"},"","eu","\#(delivery)","disk","firing 0","}} {","","#
        + #"{"runbook_url":"https://wiki/disk"},"","","",""]"#
    )
    notice.content = .resolved(alert)
    #expect(
      try filled()
        == #"[1,"1!",{"cluster":"eu","host":"db-1"},"db-1","eu","app/7","disk","resolved 0","}} {","7","#
        + #"{"runbook_url":"https://wiki/disk","value":"95"},"95","https://wiki/disk","https://prometheus/graph",""]"#
    )
  }

  @Test("applies filters to placeholders")
  func filters() throws {
    let alert = Alert(
      source: "app",
      id: "7",
      severity: .critical,
      title: "Disk \"/\" is full",
      labels: ["host": "db-1", "pod": "x", "app/name|1": "y"]
    )
    var notice = ContractNotices.plain
    notice.content = .resolved(alert)
    let settings = #"""
      { "url": "https://example.com/", "body": ["{{severity|map:\"critical=P1,*=P3\"}}", "{{ severity | upper }}: {{title|cut:8}}",
        "{{labels|without:'pod'|only:'host'}}", "{{labels|count}}", "{{category|default:source|upper}}", "{{title|json}}",
        "{{labels.host|before:'-'}}", "{{labels.none|default:'}}|'}}", "{{count|plural:'alert','alerts'}}"] }
      """#
    let contract = ChannelContract(WebhookChannel.self, settings: settings)
    let body = String(decoding: try exchange(contract, notice).body, as: UTF8.self)
    #expect(
      body
        == #"["P1","CRITICAL: Disk \"/…",{"host":"db-1"},3,"APP","\"Disk \\\"/\\\" is full\"","db","}}|","alert"]"#
    )
  }

  @Test("sends a value without a filter whose text would be too long")
  func filterWithoutEnd() throws {
    let long = String(repeating: "a", count: 4_000)
    let settings =
      #"{ "url": "https://example.com/", "body": ["{{title|replace:'a','\#(long)'|replace:'a','\#(long)'}}"] }"#
    var notice = ContractNotices.plain
    notice.content = .resolved(Alert(id: "7", severity: .critical, title: "aaa"))
    let contract = ChannelContract(WebhookChannel.self, settings: settings)
    #expect(String(decoding: try exchange(contract, notice).body, as: UTF8.self) == #"["aaa"]"#)
  }

  @Test("signs like the example of Standard Webhooks")
  func vector() throws {
    var report = Report(source: SourceText(name: "", bytes: []), folder: "/")
    let node = JSONNode(.string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), offset: 0)
    let secret = try #require(SigningSecret.read(node, &report))
    // The same as `openssl dgst -sha256 -mac HMAC` over id.timestamp.body.
    let signature = secret.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1_614_265_330,
      body: #"{"test": 2432232314}"#
    )
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test("has the same ID on every attempt, the time of each, and a signature for each key")
  func headers() throws {
    var notice = ContractNotices.plain
    let first = try exchange(Self.plain, notice)
    notice.sentAt = notice.sentAt + .seconds(90)
    let second = try exchange(Self.plain, notice)
    #expect(first["webhook-id"] == notice.delivery.text && second["webhook-id"] == notice.delivery.text)
    #expect(first["webhook-timestamp"] == "1795424707" && second["webhook-timestamp"] == "1795424797")
    for exchange in [first, second] {
      let signatures = exchange["webhook-signature"]?.split(separator: " ") ?? []
      #expect(signatures.count == 2 && Set(signatures).count == 2)
      #expect(signatures.allSatisfy { $0.hasPrefix("v1,") && $0.utf8.count == 47 })
    }
    #expect(first["webhook-signature"] != second["webhook-signature"])
    let unsigned = try exchange(Self.described, notice)
    #expect(unsigned["webhook-id"] == notice.delivery.text && unsigned["webhook-signature"] == nil)
  }

  @Test(
    "judges an answer by its status",
    arguments: [
      (200, "delivered"), (202, "delivered"), (204, "delivered"), (301, "operator"), (307, "operator"),
      (400, "payload"), (401, "operator"), (404, "target"), (410, "target"), (429, "retry"), (500, "retry"),
      (502, "retry"), (503, "retry"), (504, "retry"),
    ]
  )
  func verdicts(status: Int, expected: String) throws {
    #expect(try Self.plain.channel().interpret(.http(HTTPReply(status: status))).name == expected)
  }

  @Test("is the operator's to fix if the address is refused")
  func refused() throws {
    let failure = TransportFailure(.addressRefused, "")
    #expect(try Self.plain.channel().interpret(.failed(failure)).name == "operator")
  }

  @Test(
    "rejects invalid settings",
    arguments: [
      (#""url": "ftp://example.com/""#, "not an absolute http or https URL"),
      (#""url": "https://u:p@example.com/""#, "without a user name"),
      (#""url": "https://example.com/{{title}}""#, "a URL cannot contain placeholders"),
      (#""url": "https://example.com/#a""#, "a fragment is never sent"),
      (#""url": "https://example.com/a b""#, "without spaces"),
      (#""url": "http://127.0.0.1:8080/""#, "is not a public internet address"),
      (#""url": "http://localhost/""#, "is not a public internet address"),
      (#""url": "http://[::ffff:10.0.0.1]/""#, "is not a public internet address"),
      (#""url": "http://169.254.169.254/latest""#, "is not a public internet address"),
      (#""url": "https://e.com/", "method": "GET""#, "is not allowed here"),
      (#""url": "https://e.com/", "body": { "a": "{{titel}}" }"#, "Did you mean \"title\"?"),
      (#""url": "https://e.com/", "body": { "a": ["{{lables.x}}"] }"#, "there is no placeholder {{lables.x}}"),
      (#""url": "https://e.com/", "body": "{{title""#, "is not closed"),
      (#""url": "https://e.com/", "body": "{{title|cut:'}}""#, "is not closed"),
      (#""url": "https://e.com/", "body": "{{title|uper}}""#, "Did you mean \"upper\"?"),
      (#""url": "https://e.com/", "body": "{{title|cut:x}}""#, "expected a text in quotes"),
      (#""url": "https://e.com/", "body": "{{title|upper!}}""#, "expected a filter"),
      (#""url": "https://e.com/", "body": "{{titel|upper}}""#, "Did you mean \"title\"?"),
      (#""url": "https://e.com/", "body": "all: {{labels|top:1}}""#, "is not a text"),
      (#""url": "https://e.com/", "body": "{{labels|upper}}""#, "does not work on a list of labels"),
      (#""url": "https://e.com/", "body": "{{alerts|top:1}}""#, "cannot be filtered"),
      (#""url": "https://e.com/", "body": "all: {{alerts}}""#, "is not a text"),
      (#""url": "https://e.com/", "body": { "{{title}}": 1 }"#, "a member's name cannot contain placeholders"),
      (#""url": "https://e.com/", "body": {}"#, "says nothing"),
      (#""url": "https://e.com/", "headers": { "X-A": "1\r\nX-B: 2" }"#, "a line break"),
      (#""url": "https://e.com/", "headers": { "X A": "1" }"#, "not a valid header field name"),
      (#""url": "https://e.com/", "headers": { "Webhook-Id": "1" }"#, "sets this field itself"),
      (#""url": "https://e.com/", "headers": { "X-A": "1", "x-a": "2" }"#, "occurs twice"),
      (#""url": "https://e.com/", "headers": { "X-A": "{{title}}" }"#, "cannot contain placeholders"),
      (#""url": "http://e.com/", "headers": { "Authorization": "Bearer x" }"#, "unencrypted"),
      (#""url": "https://e.com/", "signing_secrets": "whsec_c2hvcnQ=""#, "the key has 5 bytes"),
      (#""url": "https://e.com/", "signing_secrets": "whsec_???""#, "this is not a signing secret"),
      (
        #""url": "https://e.com/", "signing_secrets": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw""#,
        "this is not a signing secret"
      ),
      (#""url": "https://e.com/", "allow_addresses": "10.0.0.0/33""#, "is not a host, address or network"),
      (#""url": "https://e.com/", "deny_addresses": "e.com""#, "`deny_addresses` contains this host"),
      (
        #""url": "https://e.com/", "allow_addresses": "10.1.0.0/16", "deny_addresses": "10.0.0.0/8""#,
        "is blocked"
      ),
      (#""url": "https://e.com/", "max_body": 1"#, "a whole number in"),
    ]
  )
  func settings(json: String, message: String) {
    #expect { try ChannelContract(WebhookChannel.self, settings: "{ \(json) }").channel() } throws: {
      "\($0)".contains(message)
    }
  }

  @Test(
    "accepts what allow_addresses lists",
    arguments: ["127.0.0.1 127.0.0.1", "127.0.0.1 127.0.0.0/8", "localhost localhost", "10.1.2.3 10.0.0.0/8"]
  )
  func named(words: String) throws {
    let words = words.split(separator: " ")
    let settings = #"{ "url": "http://\#(words[0])/", "allow_addresses": "\#(words[1])" }"#
    #expect(throws: Never.self) { try ChannelContract(WebhookChannel.self, settings: settings).channel() }
  }

  private func exchange(_ contract: ChannelContract<WebhookChannel>, _ notice: Notice) throws -> HTTPExchange {
    guard case .http(let exchange) = try contract.channel().compose(notice) else {
      throw BrokenContract(breaches: ["not an HTTP exchange"])
    }
    return exchange
  }

  private func body(_ text: String) throws -> JSONNode { try body(Array(text.utf8)) }

  private func body(_ bytes: [UInt8]) throws -> JSONNode {
    let (node, problems) = JSONTree.parse(SourceText(name: "body", bytes: bytes))
    #expect(problems.isEmpty)
    return try #require(node)
  }
}

extension HTTPExchange {
  fileprivate subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name }?.value.description
  }
}
