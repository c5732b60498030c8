// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Sends what the channels composed: HTTP exchanges and mail over libcurl, appends to files, runs of programs.
///
/// Certificates are always verified. HTTP exchanges go through the proxy named by `http_proxy`, `https_proxy` or
/// `all_proxy`, except to `no_proxy` hosts and to this machine itself. Mail, and exchanges with an address policy, use
/// no proxy. The time limits of an exchange start when it starts, not when it is submitted: it may have to wait for a
/// connection to its host.
///
/// Call `shutdown()` at the end to stop the threads.
package final class SystemTransport: Transport {
  package let disk = Disk()
  private let loops: CurlLoops
  private let processes = ProcessRunner()
  private let settings: HTTPSettings
  private let greetingName = GreetingName.ofThisMachine()
  private let time: any TimeSource
  private let tokens: TokenStore
  private let connector: any Connecting
  private let hasProxy: Bool

  /// How long an idle connection is reused: libcurl's default.
  package static let longestIdle = Duration.seconds(118)
  /// The limits for the answer of a token endpoint.
  package static let tokenLimits = ExchangeLimits(connect: .seconds(5), total: .seconds(10), replyBytes: 65_536)

  /// - Parameters:
  ///   - userAgent: The `User-Agent` of HTTP requests, such as `belfry/1.0`.
  ///   - connectionsPerHost: The most concurrent HTTP exchanges with one host.
  ///   - connectionsPerMailServer: The most concurrent mails to one server.
  ///   - longestIdle: How long an idle connection is reused.
  ///   - time: The clock by which access tokens expire.
  ///   - tokenLimits: The time and size limits for the answer of a token endpoint.
  ///   - connector: Opens the connections that only show whether a host can be reached.
  ///   - hasProxy: Whether the environment names a proxy for HTTP.
  package init(
    userAgent: String = "belfry",
    connectionsPerHost: Int = 32,
    connectionsPerMailServer: Int = 8,
    longestIdle: Duration = SystemTransport.longestIdle,
    time: any TimeSource = SystemTime(),
    tokenLimits: ExchangeLimits = SystemTransport.tokenLimits,
    connector: any Connecting = Connector(),
    hasProxy: Bool = SystemTransport.environmentHasProxy
  ) {
    let loops = CurlLoops(
      web: CurlLoop.Limits(perHost: connectionsPerHost, longestIdle: longestIdle),
      mail: CurlLoop.Limits(perHost: connectionsPerMailServer, idleConnections: 16, longestIdle: longestIdle)
    )
    let settings = HTTPSettings(userAgent: userAgent, withoutProxy: SystemTransport.withoutProxy())
    self.loops = loops
    self.settings = settings
    self.time = time
    self.connector = connector
    self.hasProxy = hasProxy
    tokens = TokenStore(time: time) { [processes] in
      await SystemTransport.fetch($0, over: loops, processes, settings, tokenLimits)
    }
  }

  deinit {
    loops.stop()
    processes.stop()
  }

  /// Answers unfinished exchanges with `cancelled`, closes all connections, and returns when the threads have ended.
  package func shutdown() async {
    loops.stop()
    processes.stop()
    await loops.stopped()
    await processes.stopped()
  }

  package func send(_ batch: [Outgoing]) async -> [Reply] {
    let logins = batch.indices.filter { batch[$0].grant != nil }
    guard !logins.isEmpty else { return await exchange(batch) }
    // Exchanges that first need a token do not hold up the others.
    let rest = batch.indices.filter { batch[$0].grant == nil }
    return await withTaskGroup(of: [(Int, Reply)].self) { group in
      group.addTask { Array(zip(rest, await self.exchange(rest.map { batch[$0] }))) }
      for index in logins {
        group.addTask { [(index, await self.logInAndSend(batch[index]))] }
      }
      var replies: [Int: Reply] = [:]
      for await answered in group { for (index, reply) in answered { replies[index] = reply } }
      return batch.indices.compactMap { replies[$0] }
    }
  }

  package func connect(for outgoing: Outgoing) async -> TransportFailure? {
    guard let target = ConnectTarget(of: outgoing, isProxied: hasProxy),
      case .failed(let failure) = await connector.connect(to: target)
    else { return nil }
    // Of any other failure the request itself shows more.
    switch failure.kind {
    case .nameNotFound, .notConnected, .timedOutBeforeSending: return failure
    default: return nil
    }
  }

  private func exchange(_ batch: [Outgoing], token: Secret? = nil) async -> [Reply] {
    guard !batch.isEmpty else { return [] }
    return await loops.replies(to: batch.count) {
      begin(batch, token: token, for: $0)
    } onCancel: { [processes] in
      processes.cancel($0)
    }
  }

  private func begin(_ exchanges: [Outgoing], token: Secret?, for batch: PendingBatch) {
    var web: [AddressPolicy?: [TransferRequest]] = [:]
    var mails: [MailServer: [TransferRequest]] = [:]
    var appends: [(FileAppend, PendingReply)] = []
    var runs: [(ProcessRun, PendingReply)] = []
    for (index, outgoing) in exchanges.enumerated() {
      let pending = PendingReply(batch: batch, index: index)
      do throws(TransportFailure) {
        switch outgoing {
        case .http(let exchange):
          let job = TransferRequest(
            work: .http(try PreparedRequest(exchange, token: token, settings: settings)),
            pending: pending
          )
          web[exchange.addresses, default: []].append(job)
        case .mail(let mail):
          let prepared = try PreparedMail(mail, token: token, greetingName: greetingName)
          mails[mail.server, default: []].append(TransferRequest(work: .mail(prepared), pending: pending))
        case .append(let append):
          appends.append((append, pending))
        case .process(let run):
          runs.append((run, pending))
        }
      } catch {
        pending.answer(.failed(error))
      }
    }
    disk.append(appends)
    for (policy, jobs) in web { loops.submit(jobs, for: .web(policy)) }
    for (server, jobs) in mails { loops.submit(jobs, for: .mail(server)) }
    for (run, pending) in runs { processes.begin(run, for: pending) }
  }

  /// Whether the environment names a proxy.
  package static var environmentHasProxy: Bool {
    let names: [String] = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    return names.contains { name in getenv(name).map { $0.pointee != 0 } ?? false }
  }

  /// The hosts without a proxy.
  ///
  /// Setting libcurl's list replaces the environment's, so the two are joined.
  private static func withoutProxy() -> String {
    let named = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) }
    if named == "*" { return "*" }
    return (["localhost", "127.0.0.0/8", "::1"] + (named.map { [$0] } ?? [])).joined(separator: ",")
  }
}

// MARK: - Access tokens

extension SystemTransport {
  /// Sends a mail or a request that needs a token.
  ///
  /// If the server refuses the token, tries once more with another one.
  ///
  /// All of it shares the time limit of the exchange.
  private func logInAndSend(_ outgoing: Outgoing) async -> Reply {
    guard let grant = outgoing.grant, let limit = outgoing.totalLimit else {
      return .failed(TransportFailure(.malformed, "this needs no access token"))
    }
    let end = time.elapsed() + limit
    var refused: Reply?
    for _ in 0..<2 {
      switch await tokens.token(for: grant) {
      case .failure(let failure): return refused ?? .failed(failure)
      case .success(let token):
        let rest = outgoing.limited(to: min(limit, max(.seconds(1), end - time.elapsed())))
        let reply = await exchange([rest], token: token).first ?? .failed(.noLoop)
        guard reply.refusesToken else { return reply }
        await tokens.drop(token, for: grant)
        refused = reply
      }
    }
    return refused ?? .failed(.noLoop)
  }

  private static func fetch(
    _ grant: OAuthGrant,
    over loops: CurlLoops,
    _ processes: ProcessRunner,
    _ settings: HTTPSettings,
    _ limits: ExchangeLimits
  ) async -> TokenStore.Outcome {
    do throws(TransportFailure) {
      let request: TokenRequest
      switch grant {
      case .clientCredentials(let client): request = TokenRequest(client, refreshToken: nil)
      case .refreshToken(let client, let refreshToken): request = TokenRequest(client, refreshToken: refreshToken)
      case .command(let command): return try await run(command, processes, loops)
      }
      let prepared = try PreparedRequest(try request.exchange(limits: limits), settings: settings)
      let replies = await loops.replies(to: 1) { batch in
        loops.submit(
          [TransferRequest(work: .http(prepared), pending: PendingReply(batch: batch, index: 0))],
          for: .web(nil)
        )
      }
      return request.token(in: replies.first ?? .failed(.noLoop))
    } catch {
      return .failure(error)
    }
  }
}

extension SystemTransport {
  private static func run(
    _ command: [String],
    _ processes: ProcessRunner,
    _ loops: CurlLoops
  ) async throws(TransportFailure) -> TokenStore.Outcome {
    let run = try TokenCommand.run(command)
    let replies = await loops.replies(to: 1) {
      processes.begin(run, for: PendingReply(batch: $0, index: 0))
    } onCancel: {
      processes.cancel($0)
    }
    return TokenCommand.token(in: replies.first ?? .failed(.noLoop), of: command)
  }
}

extension Outgoing {
  /// The grant for the access token that it needs; nil if it needs none.
  fileprivate var grant: OAuthGrant? {
    switch self {
    case .http(let exchange): exchange.grant
    case .mail(let mail): mail.server.credentials?.grant
    case .append, .process: nil
    }
  }

  /// The same with another time limit.
  fileprivate func limited(to total: Duration) -> Outgoing {
    switch self {
    case .http(var exchange):
      exchange.limits.total = total
      return .http(exchange)
    case .mail(var mail):
      mail.limits.total = total
      return .mail(mail)
    case .append, .process: return self
    }
  }

  /// The time limit of what may need a token.
  fileprivate var totalLimit: Duration? {
    switch self {
    case .http(let exchange): exchange.limits.total
    case .mail(let mail): mail.limits.total
    case .append, .process: nil
    }
  }
}

extension Reply {
  /// Whether the server did not accept the access token.
  fileprivate var refusesToken: Bool {
    switch self {
    case .http(let answer): answer.status == 401
    case .mail(let answer): answer.code == 535
    case .failed, .appended, .process: false
    }
  }
}
