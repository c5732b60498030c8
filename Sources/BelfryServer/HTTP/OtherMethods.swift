// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird

extension Router<CallContext> {
  /// Answers 405 for a known path with another method, and lists the allowed methods.
  ///
  /// Call it after all routes are added.
  func refuseOtherMethods() {
    var known: [String: (path: RouterPath, methods: Set<HTTPRequest.Method>)] = [:]
    for route in routes {
      known[route.path.description, default: (route.path, [])].methods.insert(route.method)
    }
    for (path, methods) in known.values {
      // HEAD is added later, from GET.
      let answered = methods.contains(.get) ? methods.union([.head]) : methods
      let allowed = answered.map(\.rawValue).sorted()
      for method in HTTPRequest.Method.known where !answered.contains(method) {
        on(path, method: method) { request, _ -> Response in
          var refusal = Refusal(
            .wrongMethod,
            "\(path) does not support \(request.method). Use \(allowed.joined(separator: " or "))."
          )
          refusal.allowed = allowed
          throw refusal
        }
      }
    }
  }
}

extension HTTPRequest.Method {
  /// The methods of RFC 9110 §9, RFC 5789 and draft-ietf-httpbis-safe-method-w-body; all others are answered with 501.
  static let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]
    .compactMap(HTTPRequest.Method.init(rawValue:))
}
