// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport

extension Carrying {
  /// Queries a server for its active alerts; an invalid answer ends no alert.
  func look(
    _ request: HTTPExchange,
    at server: String,
    since memory: SourceMemory?,
    _ read: ([UInt8]) -> Observation
  ) async -> Observation {
    switch await carryOut(.http(request)) {
    case .http(let reply) where reply.status == 200: read(reply.body)
    case .http(let reply): Observation(.failed("\(server) answered HTTP \(reply.status)"), memory: memory)
    case .failed(let failure): Observation(.failed(failure.message), memory: memory)
    case .mail, .appended, .process: Observation(.failed("\(server) gave no HTTP response"), memory: memory)
    }
  }
}
