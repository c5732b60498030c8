// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Carries out what the channels composed: HTTP exchanges and mails over libcurl, appends to files, programs.
///
/// Certificates are always verified. HTTP exchanges go through the proxy that `http_proxy`, `https_proxy` or
/// `all_proxy` names, except to `no_proxy` and to this machine itself; mail and what has a policy of addresses go through
/// none. The time limits of an
/// exchange begin when it begins, not when it was handed in: it may have to wait for a place among the connections to
/// its host.
///
/// Call `shutdown()` at the end: it ends the threads.
package final class Transport: Carrying {
  package let disk = Disk()
  private let loops: CurlLoops
  private let processes = ProcessRunner()
  private let settings: HTTPSettings
  private let greetingName = GreetingName.ofThisMachine()

  /// - Parameters:
  ///   - userAgent: what HTTP requests say they come from, such as `belfry/1.0`.
  ///   - connectionsPerHost: HTTP exchanges at a time with one host.
  ///   - connectionsPerMailServer: mails at a time to one server.
  package init(userAgent: String = "belfry", connectionsPerHost: Int = 32, connectionsPerMailServer: Int = 8) {
    loops = CurlLoops(
      web: CurlLoop.Limits(perHost: connectionsPerHost),
      mail: CurlLoop.Limits(perHost: connectionsPerMailServer, idleConnections: 16)
    )
    settings = HTTPSettings(userAgent: userAgent, withoutProxy: Transport.withoutProxy())
  }

  deinit {
    loops.stop()
    processes.stop()
  }

  /// Ends what is under way, each answered with `cancelled`, closes all connections and returns when the threads have
  /// ended.
  package func shutdown() async {
    loops.stop()
    processes.stop()
    await loops.stopped()
    await processes.stopped()
  }

  package func carryOut(_ batch: [Outgoing]) async -> [Reply] {
    guard !batch.isEmpty else { return [] }
    let submission = Submission(count: batch.count)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        submission.wait(continuation)
        begin(batch, for: submission)
      }
    } onCancel: {
      submission.cancel()
      loops.cancel(submission)
      processes.cancel(submission)
    }
  }

  private func begin(_ batch: [Outgoing], for submission: Submission) {
    var web: [AddressPolicy?: [Job]] = [:]
    var mails: [MailServer: [Job]] = [:]
    var appends: [(FileAppend, Ticket)] = []
    var runs: [(ProcessRun, Ticket)] = []
    for (index, outgoing) in batch.enumerated() {
      let ticket = Ticket(submission: submission, index: index)
      do throws(TransportFailure) {
        switch outgoing {
        case .http(let exchange):
          let job = Job(work: .http(try PreparedRequest(exchange, settings: settings)), ticket: ticket)
          web[exchange.addresses, default: []].append(job)
        case .mail(let mail):
          let job = Job(work: .mail(try PreparedMail(mail, greetingName: greetingName)), ticket: ticket)
          mails[mail.server, default: []].append(job)
        case .append(let append):
          appends.append((append, ticket))
        case .process(let run):
          runs.append((run, ticket))
        }
      } catch {
        ticket.answer(.failed(error))
      }
    }
    disk.append(appends)
    for (policy, jobs) in web { loops.submit(jobs, for: .web(policy)) }
    for (server, jobs) in mails { loops.submit(jobs, for: .mail(server)) }
    for (run, ticket) in runs { processes.begin(run, for: ticket) }
  }

  /// Setting libcurl's list replaces the environment's, so the two are joined.
  private static func withoutProxy() -> String {
    let named = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) }
    if named == "*" { return "*" }
    return (["localhost", "127.0.0.0/8", "::1"] + (named.map { [$0] } ?? [])).joined(separator: ",")
  }
}
