// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The server's API as an OpenAPI document: the file in this folder, embedded by the build.
enum OpenAPIDocument {
  static var response: Response {
    Response(
      status: .ok,
      headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json))
    )
  }
}
