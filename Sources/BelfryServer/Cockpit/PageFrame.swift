// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The common frame of all pages for people.
enum PageFrame {
  static func document(title: String, header: HTML = "", _ body: HTML) -> HTML {
    """
    <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(title) · Belfry</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,"><link rel="stylesheet" href="/cockpit.css">
    <script src="/cockpit.js" defer></script></head>
    <body><header><h1><a href="/">Belfry</a></h1>\(header)</header>\(body)</body></html>
    """
  }
}

extension Response {
  static func page(_ html: HTML, _ status: HTTPResponse.Status = .ok) -> Response {
    file(html.text, "text/html; charset=utf-8", status)
  }

  /// A response with a page, style sheet or script, which forbids loading anything from other sites.
  static func file(_ text: String, _ type: String, _ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status,
      headers: [
        .contentType: type, .cacheControl: "no-store", .contentSecurityPolicy: policy,
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }

  private static let policy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")
}
