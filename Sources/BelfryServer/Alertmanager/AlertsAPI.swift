// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Alertmanager's queries for alerts and receivers.
struct AlertsAPI: Sendable {
  let server: ServerContext
  let settings: ServerSettings
  /// Grouping keeps all alerts in memory, so only a few requests may group at a time.
  private let grouping = WorkGate()

  init(server: ServerContext, settings: ServerSettings) {
    self.server = server
    self.settings = settings
  }

  func add(to routes: inout Routes) {
    routes.get("/api/v2/alerts", .read) { request, _ in
      let filter = try AlertFilter(Query(request.uri.query ?? ""))
      return try await alerts(filter)
    }
    routes.get("/api/v2/alerts/groups", .read) { request, _ in
      let filter = try AlertFilter(Query(request.uri.query ?? ""))
      return try await grouping.run {
        let groups = try await groups(filter)
        let horizon = horizon
        // Written on its own thread: however many alerts there are, it blocks no other task.
        return await onOwnThread(named: "belfry-groups") {
          Response.json { groups.encode(into: &$0, horizon: horizon) }
        }
      }
    }
    routes.get("/api/v2/receivers", .read) { _, _ in
      Response.json { writer in
        writer.array(server.configuration.channels.keys.sorted()) { writer, name in
          writer.object { $0.member("name", name.name) }
        }
      }
    }
  }

  /// The assumed end of an alert whose source states none.
  private var horizon: Instant { server.now + settings.resolveTimeout.duration }

  /// The alerts, written as they are read, a page at a time, however many there are.
  private func alerts(_ filter: AlertFilter) async throws -> Response {
    let viewing = try await viewing()
    let horizon = horizon
    let server = server
    let body = ResponseBody { output in
      var listing = AlertListing(viewing: viewing, filter: filter, horizon: horizon)
      var last: AlertKey?
      var isOver = false
      let deadline = WorkDeadline(of: .listing, on: server.time)
      while !isOver {
        // The status was already sent: the list ends unfinished, and so does the connection.
        try deadline.check()
        let page = try await server.activePage(after: last)
        try await output.write(ByteBuffer(bytes: listing.text(of: page.records)))
        last = page.records.last?.alert.key
        isOver = page.isLast
      }
      try await output.write(ByteBuffer(bytes: listing.end()))
      try await output.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
  }

  private func groups(_ filter: AlertFilter) async throws -> AlertGroups {
    var viewing = try await viewing()
    return try await server.ask {
      var groups = AlertGroups()
      var last: AlertKey?
      let deadline = WorkDeadline(of: .listing, on: server.time)
      while true {
        try deadline.check()
        let page = try await server.activePage(after: last)
        for record in page.records {
          let view = viewing.view(of: record)
          guard filter.takes(view, memo: &viewing.memo) else { continue }
          groups.add(view, on: viewing.routes(for: record), viewing.rules)
        }
        last = page.records.last?.alert.key
        if page.isLast { return groups }
      }
    }
  }

  private func viewing() async throws -> AlertViewing {
    let silences = try await server.ask { try await server.ledger.silences() }
    let rules = server.policy.rules
    let inhibiting = try await server.ask {
      rules.inhibitions.isEmpty ? InhibitingAlerts() : try await InhibitingAlerts.read(from: server.ledger)
    }
    return AlertViewing(rules: rules, silences: silences, inhibiting: inhibiting, now: server.now)
  }
}
