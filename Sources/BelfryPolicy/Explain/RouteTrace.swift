// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// How a tree of routes is searched for one alert: for each route whether it takes the alert, and why it does not.
struct RouteTrace {
  enum Result {
    /// It takes the alert, and none of the routes nested in it does.
    case takes
    /// It matches, and leaves the alert to these routes nested in it.
    case leaves(to: [Route])
    case mismatch(Matcher.Mismatch)
    /// An earlier route beside it, or beside one around it, matches and does not continue.
    case behind(Route)
    /// A route around it does not match.
    case inside(Route)
  }

  private let routes: [Route]
  /// In the order of the routes.
  private(set) var results: [Result] = []

  init(_ alert: Alert, in routes: [Route], memo: inout MatchMemo) {
    self.routes = routes
    results.reserveCapacity(routes.count)
    _ = search(alert, 0..<routes.count, &memo)
  }

  /// Searches routes beside each other; returns those that take the alert, at any depth.
  private mutating func search(_ alert: Alert, _ range: Range<Int>, _ memo: inout MatchMemo) -> [Route] {
    var taking: [Route] = []
    var last: Route?
    var index = range.lowerBound
    while index < range.upperBound {
      let route = routes[index]
      let below = index + 1..<route.end
      if let last {
        results += [Result](repeating: .behind(last), count: route.end - index)
      } else if let mismatch = route.matcher.mismatch(alert, memo: &memo) {
        results.append(.mismatch(mismatch))
        results += [Result](repeating: .inside(route), count: below.count)
      } else {
        results.append(.takes)
        let found = search(alert, below, &memo)
        if !found.isEmpty { results[index] = .leaves(to: found) }
        taking += found.isEmpty ? [route] : found
        if !route.continues { last = route }
      }
      index = route.end
    }
    return taking
  }
}
