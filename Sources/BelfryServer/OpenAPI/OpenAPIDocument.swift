// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What the server answers, as an OpenAPI document: the file beside this one, which the build puts into the program.
enum OpenAPIDocument {
  static var response: Response {
    Response(
      status: .ok,
      headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json))
    )
  }
}
