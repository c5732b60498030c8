// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryTransport
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// The HTTP server that runs as part of `belfry run`.
package struct APIServer: Sendable {
  private let settings: ServerSettings
  private let server: ServerContext
  private let onListening: @Sendable (Int) -> Void
  /// The time limit for an answer, from when its request has arrived; then the answer is 503.
  private let answerLimit: Duration
  /// How long a connection may be idle before it is closed.
  private let idleLimit: Duration

  /// The time limit for running requests to end once Belfry is stopping.
  private static let patience = Duration.seconds(3)
  /// How often open pages refresh, whether they were notified or not.
  ///
  /// No notification is sent here for what other processes write to the ledger, and “3m ago” becomes outdated. Slow
  /// connections are checked equally often.
  private static let glance = Duration.seconds(5)
  /// The most new connections waiting to be accepted: enough for all clients to reconnect at once.
  ///
  /// Beyond it the kernel drops a client's packets, and the client retries after seconds; the kernel's default is
  /// 4,096.
  private static let backlog = 4_096
  /// No machine has ports for more connections than this.
  private static let connectionLimit = 1_000_000
  /// The number of files and connections reserved for everything else.
  private static let otherFiles = 256

  /// Makes a server that is not running yet; `onListening` receives the port once connections are accepted.
  package init(
    _ settings: ServerSettings,
    _ server: ServerContext,
    answerLimit: Duration = .seconds(60),
    idleLimit: Duration = .seconds(75),
    onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.settings = settings
    self.server = server
    self.answerLimit = answerLimit
    self.idleLimit = idleLimit
    self.onListening = onListening
  }

  /// Serves until it is asked to stop, then finishes running requests.
  ///
  /// - Throws: `ServerError` if it cannot listen.
  package func run() async throws {
    let connections = makeConnections()
    let certificate = try await watchedCertificate()
    let application = Application(
      router: router,
      server: HTTPServerBuilder { responder in
        let base = RequestChannel(responder: responder, connections: connections, idleLimit: idleLimit)
        #if TLS
        if let certificate { return CertifiedChannel(base: base, certificate: certificate.live) }
        #endif
        return base
      },
      configuration: ApplicationConfiguration(
        address: .hostname(settings.listen.host, port: settings.listen.port),
        backlog: APIServer.backlog
      ),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? settings.listen.port
        let address = ListenAddress(host: settings.listen.host, port: port).text
        let scheme = certificate == nil ? "" : ", with TLS"
        server.console.say("server: listening on \(address)\(scheme)", .topic(.server), .text(.address, address))
        onListening(port)
      },
      // Errors of single connections are not logged: their peers cause them.
      logger: server.console.logger(for: "server", atLeast: .critical)
    )
    do {
      try await serve(application, connections, certificate)
    } catch let error as IOError {
      throw ServerError(address: settings.listen, cause: error)
    }
  }

  /// The certificate, watched for changes; nil for plain HTTP.
  private func watchedCertificate() async throws -> CertificateWatch? {
    guard let tls = settings.tls else {
      try await CertificateNote.keep(nil, in: server.ledger)
      return nil
    }
    let certificate = try await CertificateWatch.read(tls).get()
    return CertificateWatch(tls, live: CurrentValue(certificate), server: server)
  }

  /// Serves the connections; slow peers must not use up the time that deliveries need to end.
  private func serve(
    _ application: some Service,
    _ connections: Connections,
    _ certificate: CertificateWatch?
  ) async throws {
    let time = server.time
    let server = server
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await application.run() }
      group.addTask {
        try await gracefulShutdown()
        server.changes.end()
        try await time.sleep(for: APIServer.patience)
      }
      group.addTask {
        while true {
          try await time.sleep(for: APIServer.glance)
          server.changes.raise()
          connections.sweep()
          server.callerLines.flush(at: time.now())
        }
      }
      if let certificate {
        group.addTask {
          await certificate.run()
          // The end of the watch is no reason to stop.
          try await gracefulShutdown()
          try await time.sleep(for: APIServer.patience)
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func makeConnections() -> Connections {
    let (wanted, time) = (min(settings.maxConnections.value, APIServer.connectionLimit), server.time)
    let room = OpenFiles.makeRoom(for: wanted + APIServer.otherFiles) - APIServer.otherFiles
    if room < wanted {
      server.console.warn(
        "server: limited to \(max(1, room)) connections by the system's limit of open files",
        .topic(.server)
      )
    }
    let limit = max(1, min(wanted, room))
    return Connections(
      limit: limit,
      patience: settings.requestTimeout.duration,
      lines: server.callerLines,
      answerLimit: answerLimit
    ) { time.now() }
  }

  private var router: Router<CallContext> {
    let sessions = Sessions()
    let routes = routes(sessions)
    return routes.router(
      after: AccessMiddleware(rules: AccessRules(settings), routes: routes, server: server, sessions: sessions)
    )
  }

  /// All routes, each with what its callers need.
  func routes(_ sessions: Sessions) -> Routes {
    var routes = Routes()
    let bodies = BodyReader(limit: settings.maxBody.value, callers: settings.tokens.count)
    let strangersBodies = BodyReader.ofStrangers
    let tokens = TokenRing(settings.tokens)
    StatusAPI(server: server).add(to: &routes)
    MetricsAPI(server: server).add(to: &routes)
    PushAPI(pushes: PushRequests(server: server, bodies: bodies), settings: settings).add(to: &routes)
    let inputs = PushRequests(server: server, bodies: bodies.limited(to: InputMap.mostBytes))
    InputAPI(pushes: inputs, settings: settings).add(to: &routes)
    AlertsAPI(server: server, settings: settings).add(to: &routes)
    SilencesAPI(server: server, bodies: bodies).add(to: &routes)
    CockpitAPI(server: server, bodies: bodies, isOpen: tokens.isEmpty).add(to: &routes)
    LoginAPI(server: server, settings: settings, bodies: strangersBodies, tokens: tokens, sessions: sessions).add(
      to: &routes
    )
    if let key = server.linkKey, !settings.url.isEmpty {
      AcknowledgeAPI(server: server, bodies: strangersBodies, key: key).add(to: &routes)
    }
    if let toolbox = server.toolbox {
      let server = server
      let service = MCPService(toolbox, version: server.version) { failure in
        server.callerLines.say(.failedTool, at: server.now, failure)
      }
      MCPAPI(service: service).add(to: &routes)
    }
    return routes
  }
}

/// The server cannot listen.
package struct ServerError: Error, CustomStringConvertible {
  package let address: ListenAddress
  package let cause: any Error

  package var description: String {
    "The server cannot listen on \(address.text): \(cause). Is something else listening there?"
  }
}
