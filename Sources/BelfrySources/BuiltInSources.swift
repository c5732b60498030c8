// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The source kinds that Belfry comes with.
package enum BuiltInSources {
  /// Every kind, in the order of the docs; to add one, add its folder beside this file and its type here.
  package static let all: [any AlertSource.Type] = [
    FileSource.self,
    HTTPSource.self,
    PrometheusSource.self,
    AlertmanagerSource.self,
    ExecSource.self,
    HostSource.self,
    ProbeSource.self,
    AuditRuleSource.self,
  ]
}

extension SourceRegistry {
  /// The source kinds that Belfry comes with.
  package static let builtIn = SourceRegistry(BuiltInSources.all)
}
