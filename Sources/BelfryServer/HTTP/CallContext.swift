// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird
internal import NIOCore

/// What is known of a request beside itself: who makes it, and over which connection.
struct CallContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  var caller = Caller(name: "nobody", scopes: [])
  let channel: any Channel

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
