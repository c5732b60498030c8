// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird

/// Accepts what services post in their own JSON, read as the `inputs` of `channels.json` say.
///
/// Durability, limits and the answer are those of `POST /v1/alerts`.
struct InputAPI: Sendable {
  let pushes: PushRequests
  let settings: ServerSettings

  func add(to routes: inout Routes) {
    routes.post("/in/:name", .input) { request, context in
      let name = context.parameters.get("name") ?? ""
      // Inputs may change while the server runs.
      let configuration = pushes.server.configuration
      guard let input = configuration.input(named: name) else {
        throw Refusal(.notFound, "There is no input \"\(CallerLines.bounded(name))\" in channels.json.")
      }
      let answer = try await pushes.take(request, context, route: "/in/{name}", timeout: input.timeout(settings)) {
        AlertDecoding.readInput($0, from: input.source, by: input.map, severities: configuration.rules.severities)
      }
      return Response.json(answer.isRefused ? .badRequest : .ok) { answer.encode(into: &$0) }
    }
  }
}
