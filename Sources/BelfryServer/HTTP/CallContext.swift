// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird
internal import NIOCore

/// A request's context: its caller and its connection.
struct CallContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  var caller = Caller(name: "nobody", scopes: [])
  let channel: any Channel

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
