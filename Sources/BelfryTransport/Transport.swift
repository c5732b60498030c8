// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Carries out what the channels composed: HTTP exchanges and mails over libcurl, appends to files.
///
/// Certificates are always verified. HTTP exchanges go through the proxy that `http_proxy`, `https_proxy` or `all_proxy` names,
/// except to `no_proxy` and to this machine itself; mail goes through none. The time limits of an exchange begin when it begins,
/// not when it was handed in: it may have to wait for a place among the connections to its host.
///
/// Call `shutdown()` at the end: it ends the threads.
package final class Transport: Carrying {
  package let disk = Disk()
  private let web: CurlLoop?
  private let settings: HTTPSettings

  package init(userAgent: String = "belfry", connectionsPerHost: Int = 32) {
    web = CurlLoop(name: "belfry-http", limits: CurlLoop.Limits(perHost: connectionsPerHost))
    settings = HTTPSettings(userAgent: userAgent, withoutProxy: Transport.withoutProxy())
  }

  deinit { web?.stop() }

  /// Ends what is under way, each answered with `cancelled`, closes all connections and returns when the threads have ended.
  package func shutdown() async {
    web?.stop()
    await web?.stopped()
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
      web?.cancel(submission)
    }
  }

  private func begin(_ batch: [Outgoing], for submission: Submission) {
    var jobs: [Job] = []
    var appends: [(FileAppend, Ticket)] = []
    for (index, outgoing) in batch.enumerated() {
      let ticket = Ticket(submission: submission, index: index)
      switch outgoing {
      case .http(let exchange):
        do throws(TransportFailure) {
          jobs.append(Job(work: .http(try PreparedRequest(exchange, settings: settings)), ticket: ticket))
        } catch {
          ticket.answer(.failed(error))
        }
      case .mail:
        ticket.answer(.failed(TransportFailure(.other, "mail cannot be carried yet")))
      case .append(let append):
        appends.append((append, ticket))
      }
    }
    submit(jobs, to: web)
    disk.append(appends)
  }

  private func submit(_ jobs: [Job], to loop: CurlLoop?) {
    guard !jobs.isEmpty else { return }
    guard let loop else {
      let failure = TransportFailure(.other, "libcurl could not be started: out of memory, threads or file descriptors")
      for job in jobs { job.ticket.answer(.failed(failure)) }
      return
    }
    loop.submit(jobs)
  }

  /// Setting libcurl's list replaces the environment's, so the two are joined.
  private static func withoutProxy() -> String {
    let named = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) }
    if named == "*" { return "*" }
    return (["localhost", "127.0.0.0/8", "::1"] + (named.map { [$0] } ?? [])).joined(separator: ",")
  }
}
