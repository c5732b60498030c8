// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird

/// What is known of a request beside itself: who makes it.
struct CallContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  var caller = Caller(name: "nobody", scopes: [])

  init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}
