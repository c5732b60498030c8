import Belfry

/// The checks of Healthchecks (healthchecks.io/docs/api) that are down.
public struct HealthchecksSource: RequestingSource {
  /// The settings of a `healthchecks` source in `channels.json`.
  public struct Settings: SourceSettings {
    /// A read-only key of the project.
    public var key = Secret()
    /// The address of the service.
    public var api = WebAddress("https://healthchecks.io") ?? WebAddress()

    /// Creates the default settings.
    public init() {}

    /// The keys of this kind.
    public static let fields: [Field<Self>] = [
      .required("key", \.key, "A read-only API key of the project.", example: "${HEALTHCHECKS_KEY}"),
      .optional("api", \.api, "The address of the service; another one for a server of your own."),
    ]

    /// Reports an address where the key would cross a network in clear.
    public func check(_ report: inout Report) { report.checkConfidential(api, key: "api", carrying: "the key") }
  }

  /// The kind `healthchecks`.
  public static let kind: SourceKind = "healthchecks"

  private let settings: Settings

  /// Creates the source.
  public init(name: SourceName, settings: Settings) { self.settings = settings }

  /// The address of the service.
  public var subject: String { settings.api.text }

  /// Asks for all checks of the project.
  public func request() -> Outgoing {
    .http(
      HTTPExchange(
        method: "GET",
        to: "\(settings.api)/api/v3/checks/",
        fields: [HTTPField("X-Api-Key", secret: settings.key)]
      )
    )
  }

  /// A check that is down is an alert; one that is up again has resolved.
  public func read(_ reply: Reply, at now: Instant) -> Observation {
    switch reply {
    case .http(let answer) where answer.status == 200:
      guard let checks = answer.json?["checks"]?.elements else { return .failed("\(subject) did not list its checks") }
      return .active(checks.filter { $0["status"]?.string == "down" }.compactMap(alert))
    case .http(let answer): return .failed("\(subject) answered HTTP \(answer.status)")
    case .failed(let failure): return .failed(failure.message)
    case .mail, .appended, .process: return .failed("\(subject) gave no HTTP response")
    }
  }

  private func alert(_ check: JSONNode) -> Alert? {
    guard let id = (check["uuid"] ?? check["unique_key"])?.string else { return nil }
    let name = check["name"]?.string ?? id
    return Alert(
      id: id,
      severity: .critical,
      category: "job_missing",
      title: "\(name) is down",
      detail: check["desc"]?.string ?? "",
      labels: ["tags": check["tags"]?.string ?? ""]
    )
  }
}
