import Belfry
import BelfryTesting
import Testing

@testable import Healthchecks

@Suite("The healthchecks source")
struct HealthchecksSourceTests {
  private static let answer = """
    { "checks": [
      { "name": "backup", "uuid": "6a1b", "status": "down", "desc": "Nightly dump", "tags": "db prod" },
      { "name": "report", "uuid": "9c2d", "status": "up" } ] }
    """

  private let contract = SourceContract(
    HealthchecksSource.self,
    settings: #"{ "key": "${KEY}" }"#,
    environment: ["KEY": "t0p-s3cret"]
  ) { _ in .http(HTTPReply(status: 200, body: Array(answer.utf8))) }

  @Test("keeps the contract of sources")
  func keepsContract() async throws { try await contract.verify() }

  @Test("reports the checks that are down")
  func reads() throws {
    let reply = Reply.http(HTTPReply(status: 200, body: Array(Self.answer.utf8)))
    let observation = try contract.source().read(reply, at: Instant(seconds: 1_764_000_000))
    guard case .alerts(let snapshot) = observation.outcome else { throw NoAlerts() }
    #expect(snapshot.alerts.map(\.title) == ["backup is down"])
    #expect(snapshot.alerts.first?.labels["tags"] == "db prod")
  }

  private struct NoAlerts: Error {}
}
