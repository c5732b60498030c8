// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// MCP over HTTP: one address that accepts a message and answers it.
///
/// No state is kept between messages.
/// https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
struct MCPAPI: Sendable {
  static let path = "/mcp"

  let service: MCPService
  let bodies = BodyReader(limit: MCPService.messageLimit)

  func add(to routes: inout Routes) {
    routes.post("/mcp", .token) { request, context in try await post(request, context) }
    // There is no stream to open and no session to end: clients of the handshake's era try both, and continue without.
    routes.get("/mcp", .token) { _, _ in MCPAPI.onlyPost }
    routes.delete("/mcp", .token) { _, _ in MCPAPI.onlyPost }
  }

  private func post(_ request: Request, _ context: CallContext) async throws -> Response {
    let headers = MCPHeaders(request.headers)
    let answer = try await bodies.withBody(request, context) {
      await service.answer($0, by: context.caller, headers: headers)
    }
    guard let bytes = answer.bytes else { return Response(status: .accepted) }
    return Response(
      status: HTTPResponse.Status(code: answer.status),
      headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
  }

  private static var onlyPost: Response {
    var response = Response.json(.methodNotAllowed) { $0.object { $0.member("error", "Send messages with POST.") } }
    response.headers[.allow] = "POST"
    return response
  }
}

extension MCPHeaders {
  fileprivate init(_ fields: HTTPFields) {
    func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { fields[$0] } }
    self.init(
      isHTTP: true,
      version: value("MCP-Protocol-Version"),
      method: value("Mcp-Method"),
      name: value("Mcp-Name")
    )
  }
}
