import Belfry
import BelfryApp
import Logging
import ServiceLifecycle

// A shop that notices when payments fail. Belfry is one of its services: it decides who is notified, and delivers that.

let configuration = """
  {
    "channels": { "journal": { "kind": "file", "path": "notices.jsonl" } },
    "routes": [{ "to": "journal", "resolved": true }],
    "state": "belfry.db",
    "audit": "audit.jsonl"
  }
  """

/// Checks the payments; here they fail once.
struct Shop: Service {
  let belfry: BelfryService

  func run() async throws {
    try await belfry.send(
      Alert(
        id: "payments",
        severity: .critical,
        category: "payments",
        title: "Payments fail",
        detail: "7 of the last 10 payments were refused.",
        labels: ["team": "shop"]
      )
    )
    try await belfry.acknowledge("payments", by: "ann", comment: "I call the bank")
    // If it resolved before anybody was notified, neither its start nor its end would be sent.
    while try await belfry.why("payments")?.text.contains("delivered") != true {
      try await Task.sleep(for: .seconds(0.1))
    }
    try await belfry.resolve("payments")
    if let report = try await belfry.why("payments") { print(report) }
    try await gracefulShutdown()
  }
}

let logger = Logger(label: "shop")
let belfry = try await BelfryService(.json(configuration, folder: "."), logger: logger)
let group = ServiceGroup(
  services: [belfry, Shop(belfry: belfry)],
  gracefulShutdownSignals: [.sigterm, .sigint],
  logger: logger
)
try await group.run()
