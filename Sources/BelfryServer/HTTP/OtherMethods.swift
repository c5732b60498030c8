// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird

extension Router<CallContext> {
  /// Answers 405 where there is a path, but not for the method of the request, and says which there are.
  ///
  /// To be called when all routes are there.
  func refuseOtherMethods() {
    var known: [String: (path: RouterPath, methods: Set<HTTPRequest.Method>)] = [:]
    for route in routes {
      known[route.path.description, default: (route.path, [])].methods.insert(route.method)
    }
    for (path, methods) in known.values {
      // HEAD is made of GET later.
      let answered = methods.contains(.get) ? methods.union([.head]) : methods
      let allowed = answered.map(\.rawValue).sorted()
      for method in HTTPRequest.Method.known where !answered.contains(method) {
        on(path, method: method) { request, _ -> Response in
          var refusal = Refusal(
            .wrongMethod,
            "\(request.method) is not for \(path). Use \(allowed.joined(separator: " or "))."
          )
          refusal.allowed = allowed
          throw refusal
        }
      }
    }
  }
}

extension HTTPRequest.Method {
  /// Those of RFC 9110 §9, RFC 5789 and draft-ietf-httpbis-safe-method-w-body; all others are answered with 501.
  static let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]
    .compactMap(HTTPRequest.Method.init(rawValue:))
}
